-- Reserves a place for one booking that is about to be sent to the platform, so that in no worker, of
-- no gateway, more are under way and done than there are places. KEYS[1]: the room's prefix. ARGV: 1
-- the opening, 2 the booking (hash 16, one of its own 8; where a pass books once, whom it is for, or
-- zeros), 3 the places ("": no end), 4 "1" where a pass books once, 5 seconds to keep all this.
-- Returns "" if it is reserved, else why not: booked (this pass has, or this person), busy (it is
-- booking), full.
local at = KEYS[1] .. ARGV[1] .. ':'
local hash, person = string.sub(ARGV[2], 1, 16), string.sub(ARGV[2], 17)
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local once = ARGV[4] == '1' and hash ~= string.rep('\0', 16)
if once then
  if redis.call('SISMEMBER', at .. 'done', hash) == 1 then return 'booked' end
  if redis.call('SISMEMBER', at .. 'persons', person) == 1 then return 'booked' end
  for _, who in ipairs({hash, person}) do
    local since = tonumber(redis.call('HGET', at .. 'booking', who) or '0')
    -- Longer: its worker has died.
    if who ~= string.rep('\0', 8) and now - since < 60 then return 'busy' end
  end
end
-- The leader's word is newer than what a worker was told, where the platform changes the places.
local places = ARGV[3]
local told = redis.call('HMGET', KEYS[1] .. 'told', 'opening', 'quota')
if told[1] == ARGV[1] and told[2] then places = told[2] end
if places ~= '' and not redis.call('ZSCORE', at .. 'reserved', ARGV[2]) then
  local taken = redis.call('SCARD', at .. 'bookings') - redis.call('SCARD', at .. 'cancelled')
  if taken + redis.call('ZCARD', at .. 'reserved') >= tonumber(places) then return 'full' end
end
redis.call('ZADD', at .. 'reserved', now, ARGV[2])
redis.call('EXPIRE', at .. 'reserved', ARGV[5])
if once then
  redis.call('HSET', at .. 'booking', hash, now, person, now)
  redis.call('EXPIRE', at .. 'booking', ARGV[5])
end
return ''
