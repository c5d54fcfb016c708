-- Adds what was spent to the shared counters of one limit, and tells where each then stands.
-- KEYS[1]: the limit's prefix, with its hash tag. ARGV[1]: packed (key of 9 bytes, microseconds as
-- a double, big-endian) for each key. Returns packed doubles: microseconds from now until all that
-- was spent is restored.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local out = {}
local at = 1
while at <= #ARGV[1] do
  local key, spent
  key, spent, at = struct.unpack('>c9d', ARGV[1], at)
  local name = KEYS[1] .. key
  local arrival = tonumber(redis.call('GET', name)) or 0
  if arrival < now then arrival = now end
  arrival = arrival + spent
  redis.call('SET', name, string.format('%.0f', arrival),
             'PX', math.ceil((arrival - now) / 1000) + 1000)
  out[#out + 1] = struct.pack('>d', arrival - now)
end
return table.concat(out)
