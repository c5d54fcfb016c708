-- Changes a set of records and tells everybody, as one.
-- KEYS: the hash of all records, the version. ARGV: channel, message, number of fields to put, then
-- field, value, …, then the fields to drop. Returns the version, or 0 where nothing changed.
local changed = 0
local puts = tonumber(ARGV[3])
local at = 4
for _ = 1, puts do
  if redis.call('HGET', KEYS[1], ARGV[at]) ~= ARGV[at + 1] then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
    changed = 1
  end
  at = at + 2
end
while at <= #ARGV do
  changed = math.max(changed, redis.call('HDEL', KEYS[1], ARGV[at]))
  at = at + 1
end
if changed == 0 then return 0 end
local version = redis.call('INCR', KEYS[2])
redis.call('PUBLISH', ARGV[1], version .. ' ' .. ARGV[2])
return version
