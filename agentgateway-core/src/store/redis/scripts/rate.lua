-- The buckets of one key: takes permits from all of them or from none, or charges them into debt.
-- The same sums as `memory::bucket`, by the server's clock.
--
-- KEYS[1]  a hash, with a field for each rate: its level, and the moment of it in microseconds
-- ARGV     permits, "take" or "charge", then for each rate its name, permits, period in microseconds,
--          capacity and deepest debt
-- Returns  allowed, the rate that the rest is about, remaining, microseconds until it is full, and
--          until the same would be given
local NOTHING = 1e-6
-- What a whole number of Lua can still tell: 285 years.
local LONGEST = 9e15

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local asked, charges = tonumber(ARGV[1]), ARGV[2] == 'charge'

local rates = {}
for at = 3, #ARGV, 5 do
  rates[#rates + 1] = {
    name = ARGV[at],
    permits = tonumber(ARGV[at + 1]),
    period = tonumber(ARGV[at + 2]),
    capacity = tonumber(ARGV[at + 3]),
    deepest = -tonumber(ARGV[at + 4]),
  }
end

local function keep(rate)
  redis.call('HSET', KEYS[1], rate.name, string.format('%.17g %.0f', rate.level, now))
end

local function filling(rate, permits)
  if rate.permits == 0 then
    return rate.period
  end
  return math.min(math.max(permits, 0) * rate.period / rate.permits, LONGEST)
end

local function lacks(rate)
  if asked == 0 then
    return rate.level <= NOTHING
  end
  return rate.level + NOTHING < asked
end

local allowed = true
for _, rate in ipairs(rates) do
  rate.level = rate.capacity
  local known, moment = string.match(redis.call('HGET', KEYS[1], rate.name) or '', '^(%S+) (%S+)$')
  if known then
    local elapsed = math.max(now - tonumber(moment), 0)
    rate.level = math.min(tonumber(known) + elapsed * rate.permits / rate.period, rate.capacity)
    -- The server's clock was set back: nothing would come until it is where it was.
    if tonumber(moment) > now then
      keep(rate)
    end
  end
  if lacks(rate) then
    allowed = false
  end
end

if charges or (allowed and asked > 0) then
  local longest = 0
  for _, rate in ipairs(rates) do
    rate.level = math.max(rate.level - asked, rate.deepest)
    keep(rate)
    longest = math.max(longest, filling(rate, rate.capacity - rate.level))
  end
  -- A bucket that is not kept is full.
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', longest / 1000 + 1000))
end

local told, worst = { allowed and 1 or 0, 0, 0, 0, 0 }, nil
for place, rate in ipairs(rates) do
  local wait = 0
  if not allowed and lacks(rate) then
    wait = filling(rate, math.max(asked, 1) - rate.level)
  end
  local weight = allowed and -rate.level / math.max(rate.capacity, 1) or wait
  if not worst or weight > worst then
    worst = weight
    local full = filling(rate, rate.capacity - rate.level)
    told = {
      allowed and 1 or 0,
      place - 1,
      math.floor(math.max(rate.level + NOTHING, 0)),
      math.ceil(full),
      math.ceil(wait),
    }
  end
end
return told
