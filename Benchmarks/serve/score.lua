-- wrk: posts images in turn and compares every answer with what it must be.
--
-- The argument after `--` is a file with one line an image, PATH<TAB>EXPECTED BODY. Where the environment has PAUSE, each
-- connection pauses before a request for a random time, exponentially distributed, of PAUSE milliseconds on average: requests
-- then arrive as those of many independent clients do. Prints a line of JSON at the end.

local bodies, expected, next_image = {}, {}, 0
local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("seed", #threads)
end

function init(args)
  wrong, answered = 0, 0
  math.randomseed(seed)
  for line in io.lines(args[1]) do
    local path, body = line:match("^([^\t]*)\t(.*)$")
    local file = assert(io.open(path, "rb"))
    table.insert(bodies, file:read("*a"))
    file:close()
    table.insert(expected, body)
  end
  next_image = math.random(#bodies)
end

function request()
  next_image = next_image % #bodies + 1
  return wrk.format("POST", nil, { ["X-Request-Id"] = tostring(next_image) }, bodies[next_image])
end

local pause = tonumber(os.getenv("PAUSE"))
if pause then
  function delay()
    return math.floor(-pause * math.log(1 - math.random()) + 0.5)
  end
end

function response(status, headers, body)
  answered = answered + 1
  local id = headers["X-Request-Id"] or headers["x-request-id"]
  if status ~= 200 or body ~= expected[tonumber(id)] then
    wrong = wrong + 1
  end
end

function done(summary, latency, requests)
  local answered, wrong = 0, 0
  for _, thread in ipairs(threads) do
    answered = answered + thread:get("answered")
    wrong = wrong + thread:get("wrong")
  end
  local errors = summary.errors
  print(string.format(
    '{"answered": %d, "wrong": %d, "socket_errors": %d, "seconds": %f, "p50": %f, "p99": %f}',
    answered, wrong, errors.connect + errors.read + errors.write + errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
