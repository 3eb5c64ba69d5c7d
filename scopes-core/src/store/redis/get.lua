-- Returns a value, unless it is longer than any that was stored here.
-- KEYS: the key. ARGV: the maximum length.
if redis.call('STRLEN', KEYS[1]) > tonumber(ARGV[1]) then
    return false
end
return redis.call('GET', KEYS[1])
