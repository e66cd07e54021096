-- Takes one of the places for requests under way, when one is free and the account is not paused.
--
-- KEYS: the holders of the account's places, each with the time in milliseconds at which it is taken for dead; the account's
-- pause. ARGV: the holder, how many places there are, how many milliseconds the holder is trusted.
-- Answers 0 when it has a place now, -1 when none is free, and otherwise how many milliseconds the account is paused yet.
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then
  return pause
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return -1
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 0
