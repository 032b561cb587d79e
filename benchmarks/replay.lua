-- Sends the raw requests of a file in turn: BENCH_REQUESTS names it, NUL separates them.
local all = {}
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
for request in (file:read("*a") .. "\0"):gmatch("(%Z+)%z") do all[#all + 1] = request end
file:close()
local next_one = 0

function request()
  next_one = next_one % #all + 1
  return all[next_one]
end

function done(summary, latency)
  local seconds = summary.duration / 1e6
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %.1f %.3f %.3f %d %d\n", summary.requests / seconds,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status, errors))
end
