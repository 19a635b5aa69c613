using PipelineBackprop.Curvature;
using PipelineBackprop.Data;

namespace PipelineBackprop.Training;

/// <summary>
/// The Hessian of J on a whole data set at the pipeline's current parameters, by its products with vectors: the parameters' numbers one behind another, in layer
/// order. The examples go through in minibatches, whose products are added up by their share. Not thread-safe; parameters must not change between products.
/// </summary>
public sealed class HessianOperator : ISymmetricOperator
{
    private readonly Pipeline _pipeline;
    private readonly IReadOnlyList<ParameterValues> _parameters;
    private readonly Minibatch[] _minibatches;
    private readonly int _examples;

    private HessianOperator(Pipeline pipeline, IReadOnlyList<ParameterValues> parameters, Minibatch[] minibatches)
    {
        (_pipeline, _parameters, _minibatches) = (pipeline, parameters, minibatches);
        _examples = minibatches.Sum(minibatch => minibatch.Count);
        Dimension = parameters.Sum(parameter => parameter.Values.Length);
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>The operator over a data set, in minibatches of <paramref name="batchSize"/> examples, at least 1.</summary>
    public static async Task<HessianOperator> CreateAsync(Pipeline pipeline, Dataset data, int batchSize, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var minibatches = new List<Minibatch>();
        for (int first = 0; first < data.Count; first += batchSize)
        {
            Dataset part = data.Slice(first, Math.Min(batchSize, data.Count - first));
            minibatches.Add(new Minibatch(part.Inputs, part.Targets, part.Count));
        }
        return new HessianOperator(pipeline, await pipeline.ReadParametersAsync(cancellationToken).ConfigureAwait(false), [.. minibatches]);
    }

    /// <inheritdoc/>
    public async Task MultiplyAsync(ReadOnlyMemory<double> vector, Memory<double> product, CancellationToken cancellationToken)
    {
        ParameterValues[] direction = Split(vector.Span);
        product.Span.Clear();
        foreach (Minibatch minibatch in _minibatches)
        {
            HessianVectorResult part = await _pipeline.HessianVectorProductAsync(minibatch, direction, cancellationToken).ConfigureAwait(false);
            Add(part.Product, (double)minibatch.Count / _examples, product.Span);
        }
    }

    private ParameterValues[] Split(ReadOnlySpan<double> vector)
    {
        var parts = new ParameterValues[_parameters.Count];
        for (int p = 0, first = 0; p < parts.Length; first += parts[p++].Values.Length)
            parts[p] = _parameters[p] with { Values = vector.Slice(first, _parameters[p].Values.Length).ToArray() };
        return parts;
    }

    private static void Add(IReadOnlyList<ParameterValues> parts, double share, Span<double> sum)
    {
        foreach (ParameterValues part in parts)
        {
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(part.Values, share, sum[..part.Values.Length], sum[..part.Values.Length]);
            sum = sum[part.Values.Length..];
        }
    }
}
