-- Notes how many one worker has under way of each key, and tells how many the others have.
-- KEYS[1]: the limit's prefix, with its hash tag. ARGV[1]: packed (key of 9 bytes, number as a
-- big-endian double) for each key; ARGV[2]: who tells; ARGV[3]: milliseconds for which that holds.
-- Returns packed doubles: how many others hold, for each key. Who tells no more is dropped.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = string.format('%.0f', now + ARGV[3])
local out = {}
local at = 1
while at <= #ARGV[1] do
  local key, held
  key, held, at = struct.unpack('>c9d', ARGV[1], at)
  local name = KEYS[1] .. key
  if held > 0 then
    redis.call('HSET', name, ARGV[2], string.format('%.0f', held) .. ':' .. ends)
    redis.call('PEXPIRE', name, ARGV[3])
  else
    redis.call('HDEL', name, ARGV[2])
  end
  local others = 0
  local all = redis.call('HGETALL', name)
  for i = 1, #all, 2 do
    if all[i] ~= ARGV[2] then
      local number, till = string.match(all[i + 1], '^(%d+):(%d+)$')
      if tonumber(till) > now then
        others = others + tonumber(number)
      else
        redis.call('HDEL', name, all[i])
      end
    end
  end
  out[#out + 1] = struct.pack('>d', others)
end
return table.concat(out)
