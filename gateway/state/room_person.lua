-- Which ticket a person's place belongs to, and how another device of that person comes by it. KEYS[1]:
-- the room's prefix, with its hash tag. ARGV: 1 the opening, 2 what is asked, 3 seconds to keep all
-- this, then for
--   hold   4 the person (8), 5 a ticket's id (16), 6 an id that holds no more, or "": the place is that
--          ticket's if it is nobody's yet. Returns the id whose place it is.
--   code   4 the person, 5 the hash (16) of the other device's ticket, 6 the code's MAC, 7 seconds that
--          it is good, 8 how many codes a person gets. Returns "" or nomore.
--   take   4 the person, 5 that hash, 6 the MAC of what was typed, 7 how many tries there are.
--          Returns the id whose place it is (16), or miscoded, or nomore (nothing is out).
local at = KEYS[1] .. ARGV[1] .. ':'
local what, keep, person = ARGV[2], ARGV[3], ARGV[4]

if what == 'hold' then
  local held = redis.call('HGET', at .. 'holders', person)
  if held and held ~= ARGV[6] then return held end
  redis.call('HSET', at .. 'holders', person, ARGV[5])
  redis.call('EXPIRE', at .. 'holders', keep)
  return ARGV[5]
end

local out = at .. 'code:' .. ARGV[5]
if what == 'code' then
  if redis.call('HINCRBY', at .. 'codes', person, 1) > tonumber(ARGV[8]) then return 'nomore' end
  redis.call('EXPIRE', at .. 'codes', keep)
  redis.call('DEL', out)
  redis.call('HSET', out, 'mac', ARGV[6], 'person', person, 'tries', 0)
  redis.call('EXPIRE', out, ARGV[7])
  return ''
end

local code = redis.call('HMGET', out, 'mac', 'person')
local held = redis.call('HGET', at .. 'holders', person)
if not code[1] or code[2] ~= person or not held then return 'nomore' end
if redis.call('HINCRBY', out, 'tries', 1) > tonumber(ARGV[7]) then
  redis.call('DEL', out)
  return 'nomore'
end
if code[1] ~= ARGV[6] then return 'miscoded' end
redis.call('DEL', out)
return held
