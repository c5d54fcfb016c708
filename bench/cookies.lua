-- wrk -s cookies.lua … URL -- FILE: each request brings the next line of FILE as its cookies.
local requests, at = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    wrk.headers["Cookie"] = line
    requests[#requests + 1] = wrk.format("GET")
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
