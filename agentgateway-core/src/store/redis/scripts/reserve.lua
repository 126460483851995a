-- Counts an amount as spent, if the allowance has as much left.
--
-- KEYS[1]  a hash that lives as long as the window: what is spent, and what each reservation holds
-- ARGV     the reservation, the amount, the limit, the window in milliseconds
-- Returns  granted, and milliseconds until the window is over
local amount = tonumber(ARGV[2])
local spent = tonumber(redis.call('HGET', KEYS[1], 'spent') or '0') + amount
local left = redis.call('PTTL', KEYS[1])
if spent > tonumber(ARGV[3]) then
  return { 0, left < 0 and tonumber(ARGV[4]) or left }
end
redis.call('HSET', KEYS[1], 'spent', string.format('%.0f', spent), ARGV[1], ARGV[2])
if left < 0 then
  left = tonumber(ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return { 1, left }
