-- Counts what was spent without a reservation.
--
-- KEYS[1]  as in `reserve.lua`
-- ARGV     what was spent, the most that is counted, the window in milliseconds
local spent = tonumber(redis.call('HGET', KEYS[1], 'spent') or '0')
spent = math.min(spent + tonumber(ARGV[1]), tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'spent', string.format('%.0f', spent))
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
