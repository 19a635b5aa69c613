using PipelineBackprop.Naming;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Checkpoints;

/// <summary>Checks that tensors from outside are those a model has.</summary>
internal static class TensorFit
{
    /// <summary>Whether each expected tensor is given in its shape with numbers that the format can hold, and no other.</summary>
    /// <exception cref="InvalidInputException">One is missing, null, unknown, given twice, of another shape or beyond the format's range; says which.</exception>
    public static void Check(IEnumerable<(string Name, Shape Shape)> expected, IReadOnlyList<NamedTensor> given, Tensors.ElementType format)
    {
        RequireNoNull(given);
        var byName = new Dictionary<string, NamedTensor>();
        foreach (NamedTensor tensor in given)
            if (!byName.TryAdd(tensor.Name, tensor)) throw new InvalidInputException($"{tensor.Name} is given twice; once is enough.");
        var known = new HashSet<string>();
        foreach ((string name, Shape shape) in expected)
        {
            known.Add(name);
            if (!byName.TryGetValue(name, out NamedTensor? tensor))
                throw new InvalidInputException($"the weights lack {name} {shape}, which the model needs.");
            CheckShape(name, shape, tensor.Shape);
        }
        if (given.FirstOrDefault(tensor => !known.Contains(tensor.Name)) is { } unknown) throw Unknown(unknown.Name, known);
        if (format == Tensors.ElementType.Float64) return;
        foreach (NamedTensor tensor in given) tensor.RequireFloat32Range();
    }

    /// <exception cref="InvalidInputException">One is null; says which.</exception>
    public static void RequireNoNull(IReadOnlyList<NamedTensor> given)
    {
        for (int i = 0; i < given.Count; i++)
            if (given[i] is null) throw new InvalidInputException($"the tensor at index {i} of those given is null, but each must be one of the model's.");
    }

    /// <exception cref="InvalidInputException">The shapes differ.</exception>
    public static void CheckShape(string name, Shape expected, IReadOnlyList<int> found)
    {
        int[] dimensions = expected.ToDimensions();
        if (!dimensions.SequenceEqual(found))
            throw new InvalidInputException($"{name} of the model is [{string.Join(", ", dimensions)}], got [{string.Join(", ", found)}].");
    }

    /// <summary>Says that the model has no tensor of a name, and which was probably meant.</summary>
    public static InvalidInputException Unknown(string name, IEnumerable<string> known)
    {
        string[] names = [.. known];
        if (names.Length == 0) return new InvalidInputException($"the checkpoint has {name}, but the run has no such state; keep the optimizer settings that it was trained with.");
        string hint = NearestName.Of(name, names) is { } nearest ? $"did you mean {nearest}?" : $"it has {string.Join(", ", names)}.";
        return new InvalidInputException($"the model has no parameter or state {name}; {hint}");
    }
}
