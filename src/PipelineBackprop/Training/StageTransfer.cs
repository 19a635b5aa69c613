using PipelineBackprop.Blocks;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Moves parameters, gradients and optimizer state between the stages and the host; every read and write runs on its stage's thread.</summary>
internal static class StageTransfer
{
    // Behind the name of a parameter: its version before the newest, where the schedule is asynchronous.
    private const string Previous = "." + OptimizerStates.Reserved;

    public static Task<IReadOnlyList<ParameterValues>> ReadParametersAsync(IReadOnlyList<PipelineStage> stages) =>
        CollectAsync<ParameterValues>(stages, (stage, worker) =>
            [.. stage.Parameters.All.Select(parameter => Values(worker, parameter.Name, parameter.Value))]);

    public static Task<IReadOnlyList<ParameterValues>> ReadObjectiveGradientsAsync(IReadOnlyList<PipelineStage> stages, int seat) =>
        CollectAsync<ParameterValues>(stages, (stage, worker) =>
            [.. stage.Parameters.All.Select((parameter, index) => ObjectiveGradient(stage, worker, parameter, worker.GradientsOf(seat)[index]))]);

    /// <summary>Hv, λv of what decays included, after a pass along <paramref name="direction"/>.</summary>
    public static Task<IReadOnlyList<ParameterValues>> ReadHessianVectorAsync(
        IReadOnlyList<PipelineStage> stages, int seat, IReadOnlyDictionary<string, double[]> direction) =>
        CollectAsync<ParameterValues>(stages, (stage, worker) =>
            [.. stage.Parameters.All.Select((parameter, index) => HessianVector(stage, worker, parameter, worker.GradientsOf(seat)[index], direction))]);

    public static async Task<double> RegularizationAsync(IReadOnlyList<PipelineStage> stages)
    {
        IReadOnlyList<double> terms = await CollectAsync<double>(stages, (stage, worker) =>
            [.. stage.Parameters.All.Select(parameter => ObjectiveDecay(stage, parameter) is > 0 and double lambda
                ? lambda / 2 * worker.Compute.SumOfSquares(parameter.Value)
                : 0)]).ConfigureAwait(false);
        return terms.Sum();
    }

    public static async Task WriteParametersAsync(IReadOnlyList<PipelineStage> stages, IReadOnlyList<ParameterValues> values, Tensors.ElementType format)
    {
        CheckFit(stages, values);
        StateChecks.CheckFinite(values, format);
        Dictionary<string, ParameterValues> given = values.ToDictionary(value => value.Name);
        await ForEachAsync(stages, (stage, worker) =>
        {
            foreach (OptimizedParameter parameter in VersionsOf(stage))
                if (given.TryGetValue(parameter.Name, out ParameterValues? value)) worker.Compute.Upload(value.Values.AsSpan(), parameter.Value);
        }).ConfigureAwait(false);
    }

    /// <summary>Whether each is a parameter of the model, of its shape, with values, and none comes twice.</summary>
    /// <exception cref="InvalidInputException">One is not; says which.</exception>
    public static void CheckFit(IReadOnlyList<PipelineStage> stages, IReadOnlyList<ParameterValues> values)
    {
        Dictionary<string, OptimizedParameter> known = stages.SelectMany(stage => stage.Parameters.All).ToDictionary(parameter => parameter.Name);
        var seen = new HashSet<string>();
        for (int i = 0; i < values.Count; i++)
        {
            if (values[i] is not { Name: not null } value)
                throw new InvalidInputException($"the parameter at index {i} of those given is null or has no name, but each must be one of the model's.");
            if (!known.TryGetValue(value.Name, out OptimizedParameter? parameter)) throw TensorFit.Unknown(value.Name, known.Keys);
            TensorFit.CheckShape(value.Name, parameter.Specification.Shape, value.Shape.ToDimensions());
            if (value.Values is null) throw new InvalidInputException($"{value.Name} {value.Shape} needs {value.Shape.ElementCount} values, got null.");
            if (value.Values.Length != value.Shape.ElementCount)
                throw new InvalidInputException($"{value.Name} {value.Shape} needs {value.Shape.ElementCount} values, got {value.Values.Length}.");
            if (!seen.Add(value.Name)) throw new InvalidInputException($"{value.Name} is given twice; once is enough.");
        }
    }

    public static async Task<PipelineState> CaptureAsync(IReadOnlyList<PipelineStage> stages, long step)
    {
        IReadOnlyList<NamedTensor> parameters = await CollectAsync<NamedTensor>(stages, (stage, worker) =>
            [.. stage.Parameters.All.Select(parameter => Tensor(worker, parameter.Name, parameter.Value))]).ConfigureAwait(false);
        IReadOnlyList<NamedTensor> state = await CollectAsync<NamedTensor>(stages, (stage, worker) =>
            [.. StateOf(stage).Select(entry => Tensor(worker, entry.Name, entry.Tensor))]).ConfigureAwait(false);
        return new PipelineState(step, parameters, state);
    }

    public static async Task RestoreAsync(IReadOnlyList<PipelineStage> stages, PipelineState state, Tensors.ElementType format)
    {
        Check(stages.SelectMany(ParametersOf), state.Parameters, format);
        IReadOnlyList<NamedTensor> optimizerState = WithVersionsOf(stages, state);
        Check(stages.SelectMany(StateOf), optimizerState, format);
        await ForEachAsync(stages, (stage, _) => stage.Parameters.SetUpdates(state.Step)).ConfigureAwait(false);
        await UploadAsync(stages, ParametersOf, state.Parameters).ConfigureAwait(false);
        await UploadAsync(stages, StateOf, optimizerState).ConfigureAwait(false);
    }

    public static async Task RestoreParametersAsync(IReadOnlyList<PipelineStage> stages, IReadOnlyList<NamedTensor> tensors, Tensors.ElementType format)
    {
        Check(stages.SelectMany(ParametersOf), tensors, format);
        await UploadAsync(stages, stage => VersionsOf(stage).Select(parameter => (parameter.Name, parameter.Value)), tensors).ConfigureAwait(false);
    }

    private static IEnumerable<(string Name, DeviceTensor Tensor)> ParametersOf(PipelineStage stage) =>
        stage.Parameters.All.Select(parameter => (parameter.Name, parameter.Value));

    private static IEnumerable<(string Name, DeviceTensor Tensor)> StateOf(PipelineStage stage) => stage.Parameters.All.SelectMany((parameter, index) =>
        parameter.State.Select((tensor, state) => ($"{parameter.Name}.{stage.Definition.Optimizer.StateNames[state]}", tensor))
            .Concat(stage.Parameters.Previous is { } previous ? [(parameter.Name + Previous, previous[index].Value)] : []));

    private static IEnumerable<OptimizedParameter> VersionsOf(PipelineStage stage) => stage.Parameters.All.Concat(stage.Parameters.Previous ?? []);

    /// <summary>
    /// The optimizer's state with as many versions of the weights as the stages have: a synchronous pipeline needs no older ones, and an asynchronous one that is
    /// given none begins, as at first, with the newest.
    /// </summary>
    private static IReadOnlyList<NamedTensor> WithVersionsOf(IReadOnlyList<PipelineStage> stages, PipelineState state)
    {
        bool IsPrevious(NamedTensor tensor) => tensor.Name.EndsWith(Previous, StringComparison.Ordinal);
        if (stages[0].Definition.WeightVersions == 1) return [.. state.OptimizerState.Where(tensor => !IsPrevious(tensor))];
        if (state.OptimizerState.Any(IsPrevious)) return state.OptimizerState;
        return [.. state.OptimizerState, .. state.Parameters.Select(tensor => tensor.WithName(tensor.Name + Previous))];
    }

    private static void Check(IEnumerable<(string Name, DeviceTensor Tensor)> targets, IReadOnlyList<NamedTensor> given, Tensors.ElementType format) =>
        TensorFit.Check(targets.Select(target => (target.Name, target.Tensor.Shape)), given, format);

    private static Task UploadAsync(
        IReadOnlyList<PipelineStage> stages, Func<PipelineStage, IEnumerable<(string Name, DeviceTensor Tensor)>> targets,
        IReadOnlyList<NamedTensor> given)
    {
        Dictionary<string, NamedTensor> byName = given.ToDictionary(tensor => tensor.Name);
        return ForEachAsync(stages, (stage, worker) =>
        {
            foreach ((string name, DeviceTensor target) in targets(stage)) Upload(worker, byName[name], target);
        });
    }

    private static void Upload(StageWorker worker, NamedTensor tensor, DeviceTensor target)
    {
        if (tensor.ElementType == Tensors.ElementType.Float64) worker.Compute.Upload(tensor.ToFloat64().Span, target);
        else worker.Compute.Upload(tensor.Data.Span, target);
    }

    private static ParameterValues Values(StageWorker worker, string name, DeviceTensor tensor)
    {
        var values = new double[tensor.ElementCount];
        worker.Compute.Download(tensor, values.AsSpan());
        return new ParameterValues(name, tensor.Shape, values);
    }

    private static NamedTensor Tensor(StageWorker worker, string name, DeviceTensor tensor)
    {
        if (worker.Compute.ElementType == Tensors.ElementType.Float64) return new NamedTensor(name, tensor.Shape.ToDimensions(), Values(worker, name, tensor).Values);
        var values = new float[tensor.ElementCount];
        worker.Compute.Download(tensor, values.AsSpan());
        return new NamedTensor(name, tensor.Shape.ToDimensions(), values);
    }

    private static ParameterValues ObjectiveGradient(PipelineStage stage, StageWorker worker, OptimizedParameter parameter, DeviceTensor gradient)
    {
        ParameterValues result = Values(worker, parameter.Name, gradient);
        double lambda = ObjectiveDecay(stage, parameter);
        if (lambda == 0) return result;
        double[] weights = Values(worker, parameter.Name, parameter.Value).Values;
        for (int i = 0; i < weights.Length; i++) result.Values[i] += lambda * weights[i];
        return result;
    }

    private static ParameterValues HessianVector(
        PipelineStage stage, StageWorker worker, OptimizedParameter parameter, DeviceTensor product, IReadOnlyDictionary<string, double[]> direction)
    {
        ParameterValues result = Values(worker, parameter.Name, product);
        double lambda = ObjectiveDecay(stage, parameter);
        if (lambda == 0 || !direction.TryGetValue(parameter.Name, out double[]? v)) return result;
        for (int i = 0; i < v.Length; i++) result.Values[i] += lambda * v[i];
        return result;
    }

    private static double ObjectiveDecay(PipelineStage stage, OptimizedParameter parameter) =>
        stage.Definition.Decay.ForObjective(parameter.Specification.IsDecayed);

    private static async Task<IReadOnlyList<T>> CollectAsync<T>(
        IReadOnlyList<PipelineStage> stages, Func<PipelineStage, StageWorker, IReadOnlyList<T>> read)
    {
        var all = new List<T>();
        foreach (PipelineStage stage in stages)
            all.AddRange(await stage.CallAsync(worker => read(stage, worker)).ConfigureAwait(false));
        return all;
    }

    private static async Task ForEachAsync(IReadOnlyList<PipelineStage> stages, Action<PipelineStage, StageWorker> action)
    {
        foreach (PipelineStage stage in stages)
        {
            await stage.CallAsync(worker =>
            {
                action(stage, worker);
                return true;
            }).ConfigureAwait(false);
        }
    }
}
