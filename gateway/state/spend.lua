-- Adds what was spent to the shared counters of one limit, and tells where each then stands.
-- KEYS[1]: the limit's prefix, with its hash tag. ARGV[1]: packed (key of 9 bytes, microseconds as
-- a double, big-endian) for each key. ARGV[2]: the marker that the caller knows this data by;
-- ARGV[3]: one to set where there is none, which is where the data is new or was lost.
-- Returns the marker, and, if it is the one the caller knows, packed doubles: microseconds from now
-- until all that was spent is restored. Otherwise nothing was added.
local marker = redis.call('GET', KEYS[1] .. 'marker')
if not marker then
  marker = ARGV[3]
  redis.call('SET', KEYS[1] .. 'marker', marker)
end
if marker ~= ARGV[2] then
  return {marker}
end
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
return {marker, table.concat(out)}
