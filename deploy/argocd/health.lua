-- Health of a OnePasswordItem: what its condition Ready says of the newest generation.
local hs = {status = "Progressing", message = "waiting for the operator"}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Ready" and (condition.observedGeneration == nil or
        condition.observedGeneration == obj.metadata.generation) then
      hs.message = condition.message or ""
      hs.status = condition.status == "True" and "Healthy" or "Degraded"
    end
  end
end
return hs
