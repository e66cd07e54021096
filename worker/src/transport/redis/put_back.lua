-- Adds ids to the queues, before those that wait, and moves them there where they wait already.
--
-- KEYS and ARGV as those of push.lua.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function add(queue, first, last)
  local next = redis.call('ZRANGE', queue, 0, 0, 'WITHSCORES')
  local score = (tonumber(next[2]) or now) - (last - first + 1)
  for i = first, last do
    redis.call('ZADD', queue, score, ARGV[i])
    score = score + 1
  end
end

local urgent = tonumber(ARGV[1])
add(KEYS[1], 2, urgent + 1)
add(KEYS[2], urgent + 2, #ARGV)
return redis.status_reply('OK')
