-- wrk -s cookies.lua … URL -- FILE: each request brings the next line of FILE as its cookies; a run
-- goes on where the last one ended (FILE.at), so that nobody is sent again before all others were.
local requests, at, place = {}, 0, ""
function init(args)
  for line in io.lines(args[1]) do
    wrk.headers["Cookie"] = line
    requests[#requests + 1] = wrk.format("GET")
  end
  place = args[1] .. ".at"
  local last = io.open(place)
  if last then
    at = last:read("*n") or 0
    last:close()
  end
end
function request()
  at = at % #requests + 1
  if at % 500 == 0 then
    local last = io.open(place, "w")
    last:write(at + 500)
    last:close()
  end
  return requests[at]
end
