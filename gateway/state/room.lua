-- One worker's tick for one room: hands over who came, was let in, was seen, booked or left, and
-- learns what the leader tells. All may come twice: each is a fact about a ticket, and no sum.
-- KEYS[1]: the room's prefix, with its hash tag. ARGV: 1 the opening; 2 the version of what was told
-- that the worker knows; 3 how many ended passes it knows; packed: 4 joins (hash 16, group 42),
-- 5 entries (number 4, hash 16, seconds until it ends 4), 6 hashes seen inside, 7 bookings (hash 16,
-- one of its own 8), 8 leavers (number 4, hash 16), 9 places given back (one of its own 8); 10 the
-- highest number seen; 11 "1" where a booking ends a pass; 12 seconds to keep all this; 13 bookings
-- that came to nothing (as in 7), 14 those of which nobody knows what they came to: their places stay
-- reserved; 15 places that go on on another of their devices (hash 8, device 8).
-- Returns what is told (or false), the ended passes from there on (kind 1, hash 16; of
-- kind m as in 15), numbers (hash
-- 16, number 4), and how many passes ended in all.
local room = KEYS[1]
local at = room .. ARGV[1] .. ':'
local keep = ARGV[12]
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local numbers = {}

local function bucket_of(hash)
  local first, second = string.byte(hash, 1, 2)
  return at .. 't:' .. string.format('%03x', first * 16 + math.floor(second / 16))
end

local function touch(key)
  redis.call('EXPIRE', key, keep)
end

local joins = ARGV[4]
if #joins > 0 then
  local closed = redis.call('GET', at .. 'closed')
  for from = 1, #joins, 58 do
    local hash = string.sub(joins, from, from + 15)
    local bucket = bucket_of(hash)
    local had = redis.call('HGET', bucket, hash)
    if had then
      if #had == 4 then numbers[#numbers + 1] = hash .. had end
    elseif closed then
      local number = struct.pack('>I4', closed + redis.call('INCR', at .. 'late'))
      redis.call('HSET', bucket, hash, number)
      numbers[#numbers + 1] = hash .. number
      touch(bucket)
    else
      redis.call('HSET', bucket, hash, string.sub(joins, from + 16, from + 57))
      redis.call('INCR', at .. 'joined')
      touch(bucket)
    end
  end
  touch(at .. 'joined')
  touch(at .. 'late')
end

-- What the shared state lost of the numbers, the cookies still know.
local highest = tonumber(ARGV[10])
if highest > 0 then
  local closed = tonumber(redis.call('GET', at .. 'closed') or '-1')
  if closed >= 0 and highest > closed + tonumber(redis.call('GET', at .. 'late') or '0') then
    redis.call('SET', at .. 'late', highest - closed, 'EX', keep)
  end
end

local entries = ARGV[5]
for from = 1, #entries, 24 do
  local number, hash, seconds = struct.unpack('>I4c16I4', entries, from)
  redis.call('SETBIT', at .. 'came', number, 1)
  if redis.call('SISMEMBER', at .. 'done', hash) == 0 then
    redis.call('ZADD', at .. 'inside', now, hash)
    redis.call('ZADD', at .. 'until', 'NX', now + seconds, hash)
  end
end
local seen = ARGV[6]
for from = 1, #seen, 16 do
  local hash = string.sub(seen, from, from + 15)
  if redis.call('ZSCORE', at .. 'until', hash) then
    redis.call('ZADD', at .. 'inside', now, hash)
  end
end
local booked = ARGV[7]
for from = 1, #booked, 24 do
  local hash, person = string.sub(booked, from, from + 15), string.sub(booked, from + 16, from + 23)
  local fresh = redis.call('SADD', at .. 'bookings', hash .. person) == 1
  if fresh and ARGV[11] == '1' and hash ~= string.rep('\0', 16) then
    -- Another worker may have let it in, and not have told yet.
    redis.call('ZREM', at .. 'until', hash)
    redis.call('ZREM', at .. 'inside', hash)
    if redis.call('SADD', at .. 'done', hash) == 1 then
      redis.call('RPUSH', at .. 'ended', 'b' .. hash)
    end
    if person ~= string.rep('\0', 8) then redis.call('SADD', at .. 'persons', person) end
  end
end
local function settle(booking)
  redis.call('ZREM', at .. 'reserved', booking)
  redis.call('HDEL', at .. 'booking', string.sub(booking, 1, 16), string.sub(booking, 17))
end
for from = 1, #booked, 24 do settle(string.sub(booked, from, from + 23)) end
local failed = ARGV[13]
for from = 1, #failed, 24 do settle(string.sub(failed, from, from + 23)) end
local unknown = ARGV[14]
for from = 1, #unknown, 24 do
  local booking = string.sub(unknown, from, from + 23)
  redis.call('HDEL', at .. 'booking', string.sub(booking, 1, 16), string.sub(booking, 17))
end
local leavers = ARGV[8]
for from = 1, #leavers, 20 do
  local number, hash = struct.unpack('>I4c16', leavers, from)
  if redis.call('ZREM', at .. 'until', hash) == 1 then
    redis.call('ZREM', at .. 'inside', hash)
    redis.call('SADD', at .. 'done', hash)
    redis.call('RPUSH', at .. 'ended', 'l' .. hash)
  elseif redis.call('SISMEMBER', at .. 'done', hash) == 0
      and redis.call('SADD', at .. 'gone', hash) == 1 then
    redis.call('RPUSH', at .. 'ended', 'l' .. hash)
    if number > 0 then
      redis.call('SETBIT', at .. 'left', number, 1)
    elseif redis.call('HDEL', bucket_of(hash), hash) == 1 then
      redis.call('DECR', at .. 'joined')
    end
  end
end
local cancelled = ARGV[9]
for from = 1, #cancelled, 8 do
  redis.call('SADD', at .. 'cancelled', string.sub(cancelled, from, from + 7))
end
local moves = ARGV[15]
for from = 1, #moves, 16 do
  -- Two devices could take it from each other all day: each time costs all workers memory.
  if redis.call('HINCRBY', at .. 'moves', string.sub(moves, from, from + 7), 1) <= 50 then
    redis.call('RPUSH', at .. 'ended', 'm' .. string.sub(moves, from, from + 15))
  end
end
if #moves > 0 then touch(at .. 'moves') end
if #entries + #booked + #leavers + #cancelled + #moves > 0 then
  for _, name in ipairs({'came', 'inside', 'until', 'bookings', 'done', 'ended', 'gone', 'left',
                         'cancelled', 'persons'}) do
    touch(at .. name)
  end
end

local told = false
local head = redis.call('HMGET', room .. 'told', 'version', 'text')
if head[1] and head[1] ~= ARGV[2] then told = head[2] end
local ended = redis.call('LRANGE', at .. 'ended', ARGV[3], -1)
return {told, table.concat(ended), table.concat(numbers), redis.call('LLEN', at .. 'ended')}
