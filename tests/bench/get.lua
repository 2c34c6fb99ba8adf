-- GET one opportunity by a random id; the ids are those of data.sql.
local next_id = math.random
function init(args)
    math.randomseed(os.time())
end
function request()
    return wrk.format("GET", string.format("/v1/opportunities/00000000-0000-0000-0000-%012d", next_id(100000)))
end
