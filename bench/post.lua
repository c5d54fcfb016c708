-- wrk -s post.lua … URL BODY: each request is a POST of BODY.
function init(args)
  wrk.method = "POST"
  wrk.body = args[1]
end
