-- What wrk sends. Arguments: what (list, get, register, invalid), the path, and for register which number comes first.
local what, path, turn

function init(arguments)
  what, path, turn = arguments[1], arguments[2], tonumber(arguments[3] or "0")
end

local function posted(body)
  return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
end

-- Reserved in every North American area: 555-0100 to 555-0199.
local function number()
  local area, line = 200 + math.floor(turn / 100), 100 + turn % 100
  turn = turn + 1
  return string.format("+1%03d5550%03d", area, line)
end

function request()
  if what == "register" then
    return posted('{"number":"' .. number() .. '","name":"Front desk","type":"private"}')
  elseif what == "invalid" then
    return posted('{"number":"0171","nmae":"Front desk","type":"shard"}')
  end
  return wrk.format("GET", path)
end
