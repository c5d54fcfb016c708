-- Tells shared counters that were lost what was spent in each window, as one worker knows it: of
-- what several tell the greatest holds, in any order.
-- KEYS[1] and ARGV[1]: as in window.lua. ARGV[2]: milliseconds for which a window counts.
local at = 1
while at <= #ARGV[1] do
  local key, window, spent
  key, window, spent, at = struct.unpack('>c9dd', ARGV[1], at)
  local name = KEYS[1] .. key .. ':' .. string.format('%.0f', window)
  if spent > (tonumber(redis.call('GET', name)) or 0) then
    redis.call('SET', name, string.format('%.0f', spent), 'PX', ARGV[2])
  end
end
