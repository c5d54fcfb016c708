-- Adds what was spent in each window to the shared counters of one limit, and tells what everybody
-- spent. KEYS[1]: the limit's prefix, with its hash tag. ARGV[1]: packed (key of 9 bytes, window and
-- events as big-endian doubles) for each key; ARGV[2], ARGV[3]: the markers, as in spend.lua;
-- ARGV[4]: milliseconds for which a window counts.
-- Returns the marker, and, if it is the one the caller knows, packed doubles: events in that window,
-- and in the one before it, for each key. Otherwise nothing was added.
local marker = redis.call('GET', KEYS[1] .. 'marker')
if not marker then
  marker = ARGV[3]
  redis.call('SET', KEYS[1] .. 'marker', marker)
end
if marker ~= ARGV[2] then
  return {marker}
end
local out = {}
local at = 1
while at <= #ARGV[1] do
  local key, window, spent
  key, window, spent, at = struct.unpack('>c9dd', ARGV[1], at)
  local name = KEYS[1] .. key .. ':'
  local here = name .. string.format('%.0f', window)
  local sum = redis.call('INCRBY', here, string.format('%.0f', spent))
  redis.call('PEXPIRE', here, ARGV[4])
  local past = redis.call('GET', name .. string.format('%.0f', window - 1))
  out[#out + 1] = struct.pack('>dd', sum, tonumber(past) or 0)
end
return {marker, table.concat(out)}
