-- One second of the leader of a room. Only who holds the lease is heard: another learns nothing, and
-- changes nothing. KEYS[1]: the room's prefix, with its hash tag. ARGV: 1 who asks, 2 milliseconds
-- that the lease holds, 3 the opening, 4 the seconds of idleness after which a pass ends, 5 the
-- number up to which all were called long ago, 6 the record to keep ("": as it is), 7 the version
-- and 8 the text of what is told ("": as it is), 9 seconds to keep all this, 10 "1" to close the
-- list, 11 the opening's places ("": no end). Orders are handed out when no record comes with it.
-- Returns false, or: the record, and how many joined, came late, came in all, came lately, are
-- inside, ended, booked, cancelled, left; orders; the number at which the list was closed, or false.
local room = KEYS[1]
local holder = redis.call('GET', room .. 'lease')
if holder and holder ~= ARGV[1] then return false end
redis.call('SET', room .. 'lease', ARGV[1], 'PX', ARGV[2])
if ARGV[6] ~= '' then redis.call('SET', room .. 'record', ARGV[6]) end
if ARGV[8] ~= '' then
  redis.call('HSET', room .. 'told', 'version', ARGV[7], 'text', ARGV[8], 'opening', ARGV[3],
             'quota', ARGV[11])
end
local at = room .. ARGV[3] .. ':'
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local keep = ARGV[9]

local function number(name)
  return tonumber(redis.call('GET', at .. name) or '0')
end

local idle = redis.call('ZRANGEBYSCORE', at .. 'inside', '-inf', now - tonumber(ARGV[4]))
for _, hash in ipairs(idle) do redis.call('ZREM', at .. 'inside', hash) end
local over = redis.call('ZRANGEBYSCORE', at .. 'until', '-inf', now)
for _, hash in ipairs(over) do
  redis.call('ZREM', at .. 'inside', hash)
  redis.call('ZREM', at .. 'until', hash)
  if redis.call('SADD', at .. 'done', hash) == 1 then
    redis.call('RPUSH', at .. 'ended', 'x' .. hash)
  end
end
if #over > 0 then
  redis.call('EXPIRE', at .. 'done', keep)
  redis.call('EXPIRE', at .. 'ended', keep)
end

-- Of a booking whose worker died nobody knows the end: it counts as one, or there might be too many.
local lost = redis.call('ZRANGEBYSCORE', at .. 'reserved', '-inf', now - 300)
for _, booking in ipairs(lost) do
  redis.call('ZREM', at .. 'reserved', booking)
  redis.call('HDEL', at .. 'booking', string.sub(booking, 1, 16), string.sub(booking, 17))
  redis.call('SADD', at .. 'bookings', booking)
  redis.call('EXPIRE', at .. 'bookings', keep)
end

if ARGV[10] == '1' then
  redis.call('SET', at .. 'closed', number('joined'), 'NX', 'EX', keep)
end
local floor = tonumber(ARGV[5])
local orders = {}
if ARGV[6] == '' then  -- it asks, and tells afterwards
  orders = redis.call('LRANGE', room .. 'orders', 0, -1)
  redis.call('DEL', room .. 'orders')
end
return {
  redis.call('GET', room .. 'record') or '',
  number('joined'), number('late'),
  redis.call('BITCOUNT', at .. 'came'),
  redis.call('BITCOUNT', at .. 'came', floor + 1, -1, 'BIT'),
  redis.call('ZCARD', at .. 'inside'),
  redis.call('SCARD', at .. 'done'),
  redis.call('SCARD', at .. 'bookings'),
  redis.call('SCARD', at .. 'cancelled'),
  redis.call('BITCOUNT', at .. 'left'),
  orders,
  redis.call('GET', at .. 'closed'),
  tostring(now),
}
