-- Returns whether entries may have been lost, the next position, entries, and whether they are the last ones.
-- It writes nothing, so that it works while the server is full.
-- KEYS: the stream, its generation. ARGV: a position or '', the maximum of entries, and that of their bytes.

-- A server that has restarted, or another one after a failover, may have an older state.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and info:match('run_id:(%w+)') or ''
local generation = run .. '.' .. (redis.call('GET', KEYS[2]) or '')

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
    -- A reader that has read nothing has lost nothing.
    is_lost = after ~= '0-0' and (known ~= generation or is_ahead) and 1 or 0
end
if not known or is_lost == 1 then
    after = '0-0'
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local max_entries, max_bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local entries, bytes = {}, 0
local found = redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', max_entries)
local is_end = #found < max_entries and 1 or 0
for _, entry in ipairs(found) do
    local value, lifetime = entry[2][2], tonumber(entry[2][4] or '')
    -- Others may write what is no entry.
    if lifetime and #value <= max_bytes and parts(entry[1]) + lifetime > now then
        if bytes + #value > max_bytes then
            is_end = 0
            break
        end
        bytes = bytes + #value
        entries[#entries + 1] = value
    end
    after = entry[1]
end
return {is_lost, generation .. '/' .. after, entries, is_end}
