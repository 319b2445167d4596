-- The requests for wrk. Arguments: kind (list, get, register, invalid), path, and for register the first number.
local what, path, turn

function init(arguments)
  what, path, turn = arguments[1], arguments[2], tonumber(arguments[3] or "0")
end

local function posted(body)
  return wrk.format("POST", path, { ["Content-Type"] = "application/json" }, body)
end

-- Under the unassigned calling code +999, and longer than the numbers of the fixtures.
local function number()
  turn = turn + 1
  return string.format("+999%011d", turn - 1)
end

function request()
  if what == "register" then
    return posted('{"number":"' .. number() .. '","name":"Front desk","type":"private"}')
  elseif what == "invalid" then
    return posted('{"number":"0171","nmae":"Front desk","type":"shard"}')
  end
  return wrk.format("GET", path)
end
