-- Tells shared counters that were lost where each key stood, as one worker knows it. A key never
-- stands better than it did: of what several workers tell the greatest holds, in any order.
-- KEYS[1] and ARGV[1]: as in spend.lua; the doubles are microseconds from now until the key is whole.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = 1
while at <= #ARGV[1] do
  local key, away
  key, away, at = struct.unpack('>c9d', ARGV[1], at)
  local name = KEYS[1] .. key
  local arrival = tonumber(redis.call('GET', name)) or 0
  if now + away > arrival then
    redis.call('SET', name, string.format('%.0f', now + away),
               'PX', math.ceil(away / 1000) + 1000)
  end
end
