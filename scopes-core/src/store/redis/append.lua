-- Appends an entry, and removes up to 16 that have expired or are not entries.
-- KEYS: the stream, its generation. ARGV: the entry, its lifetime in ms, a new generation.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 16)) do
    local lifetime = tonumber(entry[2][4] or '')
    if not lifetime or tonumber(entry[1]:match('^%d+')) + lifetime <= now then
        redis.call('XDEL', KEYS[1], entry[1])
    end
end
if redis.call('EXISTS', KEYS[1]) == 0 then
    -- The entries before this one are gone.
    redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
else
    redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[2])
end
redis.call('XADD', KEYS[1], '*', 'value', ARGV[1], 'lifetime', ARGV[2])
for _, key in ipairs(KEYS) do
    if redis.call('PTTL', key) < tonumber(ARGV[2]) then
        redis.call('PEXPIRE', key, ARGV[2])
    end
end
