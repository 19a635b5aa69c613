namespace PipelineBackprop.Optimizers;

/// <summary>Checks the names under which an optimizer's states are saved behind the name of their parameter.</summary>
internal static class OptimizerStates
{
    /// <summary>What the weights before the newest are saved as, where the schedule is asynchronous; no state may have that name.</summary>
    public const string Reserved = "previous";

    /// <exception cref="InvalidInputException">There is no list, a name is empty, comes twice or is taken; says which.</exception>
    public static void Validate(Optimizer optimizer)
    {
        if (optimizer.StateNames is not { } states) throw new InvalidInputException($"optimizer {optimizer.Kind} gives null for its states; one without any gives an empty list.");
        var names = new HashSet<string>();
        foreach (string name in states)
        {
            if (string.IsNullOrEmpty(name)) throw new InvalidInputException($"optimizer {optimizer.Kind} has a state without a name; each needs one.");
            if (!names.Add(name)) throw new InvalidInputException($"optimizer {optimizer.Kind} has two states named {name}; each needs a name of its own.");
            if (name == Reserved || name.EndsWith("." + Reserved, StringComparison.Ordinal))
                throw new InvalidInputException($"optimizer {optimizer.Kind} has a state named {name}, but {Reserved} is what the version of the weights before the newest is saved as; it needs another name.");
        }
    }
}
