-- Pauses an account, and never shortens a pause. KEYS: the account's pause. ARGV: its length in milliseconds.
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
end
return redis.status_reply('OK')
