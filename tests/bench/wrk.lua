-- Sends the requests of a file one after another, from a start of its own, and prints its findings as JSON.
-- Arguments: the file (requests divided by zero bytes), where to start, the first unique number.
local requests, count, position, number = {}, 0, 0, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for request in file:read("*a"):gmatch("[^%z]+") do
    count = count + 1
    requests[count] = request
  end
  file:close()
  position, number = tonumber(arguments[2]) % count, tonumber(arguments[3])
end

function request()
  position = position % count + 1
  local bytes = requests[position]
  if bytes:byte(1) == 80 then -- P of POST: only these carry a unique number
    number = number + 1
    bytes = bytes:gsub(("@"):rep(16), ("%016.0f"):format(number))
  end
  return bytes
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(("\nRESULT {\"requests\": %d, \"seconds\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"errors\": %d}\n"):format(
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
