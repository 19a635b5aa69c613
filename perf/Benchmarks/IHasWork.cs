namespace PipelineBackprop.Benchmarks;

/// <summary>A case of a benchmark whose arithmetic is known.</summary>
public interface IHasWork
{
    /// <summary>Floating-point operations of one operation of the benchmark; a multiply-add is two.</summary>
    double Flops { get; }
}
