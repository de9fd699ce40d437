-- An action: looks at the item and the Secret at once.
obj.metadata.annotations = obj.metadata.annotations or {}
obj.metadata.annotations["operator.1password.io/force-sync"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
return obj
