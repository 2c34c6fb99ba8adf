-- POST a registration of a new customer each time, with a new Idempotency-Key.
local run = os.getenv("BENCH_RUN")
local count = 0
local body = [[{"customer":{"name":"Customer %s","domains":["c%s.com"],"country":"DE"},]]
    .. [["contact":{"name":"Jana Vogt","email":"jana.vogt@customer.example"},]]
    .. [["need":"Replace the paper dispatch in three depots before the winter season",]]
    .. [["amount":{"amount_minor":12500000,"currency":"USD"},"close_date":"2031-12-15",]]
    .. [["partner_rep":{"name":"Omar Reyes","email":"omar.reyes@partner.example"}}]]
function request()
    count = count + 1
    local number = run .. "x" .. count
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Idempotency-Key"] = "bench-" .. number
    return wrk.format("POST", "/v1/registrations", nil, string.format(body, number, number))
end
