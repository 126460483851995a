-- Puts what was spent in the place of what a reservation holds. A second time, and behind the window,
-- there is no such reservation, and nothing changes.
--
-- KEYS[1]  as in `reserve.lua`
-- ARGV     the reservation, what was spent, the most that is counted
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held then
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[1])
local spent = tonumber(redis.call('HGET', KEYS[1], 'spent') or '0')
spent = math.min(math.max(spent - tonumber(held), 0) + tonumber(ARGV[2]), tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'spent', string.format('%.0f', spent))
return 1
