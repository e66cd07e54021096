-- Adds ids to the queues, behind those that wait. An id that waits already stays where it is.
--
-- KEYS: the urgent queue, the routine queue. ARGV: how many of the ids are urgent, then the ids, oldest first.
-- Answers how many were added.
--
-- A score is the time of the server in microseconds, or more where its clock went back or ids came faster than that.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local added = 0

local function add(queue, first, last)
  local behind = redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')
  local score = math.max(now, (tonumber(behind[2]) or 0) + 1)
  for i = first, last do
    added = added + redis.call('ZADD', queue, 'NX', score, ARGV[i])
    score = score + 1
  end
end

local urgent = tonumber(ARGV[1])
add(KEYS[1], 2, urgent + 1)
add(KEYS[2], urgent + 2, #ARGV)
return added
