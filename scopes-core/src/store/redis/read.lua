-- Returns whether entries may have been lost, the next position, and entries.
-- KEYS: the stream, its generation. ARGV: a position or '', the maximum of entries, a new generation, and
-- the lifetime of a generation that is read, in ms.
redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[4]) then
    redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
-- A server that has restarted, or another one after a failover, may have an older state.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and info:match('run_id:(%w+)') or ''
local generation = run .. '.' .. redis.call('GET', KEYS[2])

local function parts(id)
    local time, number = id:match('^(%d+)-(%d+)$')
    return tonumber(time), tonumber(number)
end
local last = '0-0'
local stream = redis.pcall('XINFO', 'STREAM', KEYS[1])
if not stream.err then
    for field = 1, #stream, 2 do
        if stream[field] == 'last-generated-id' then
            last = stream[field + 1]
        end
    end
end

local known, after = ARGV[1]:match('^(.*)/(%d+%-%d+)$')
local is_lost = 0
if known then
    local last_time, last_number = parts(last)
    local time, number = parts(after)
    local is_ahead = time > last_time or (time == last_time and number > last_number)
    is_lost = (known ~= generation or is_ahead) and 1 or 0
end
if not known or is_lost == 1 then
    after = '0-0'
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entries = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', ARGV[2])) do
    after = entry[1]
    if parts(after) + tonumber(entry[2][4]) > now then
        entries[#entries + 1] = entry[2][2]
    end
end
return {is_lost, generation .. '/' .. after, entries}
