namespace PipelineBackprop.Cli.Runs;

/// <summary>The worst entry of one parameter.</summary>
/// <param name="Parameter">layers.N.weight.</param>
/// <param name="Checked">Entries compared.</param>
/// <param name="RelativeError">|gradient − difference| / max(|gradient|, |difference|, a hundredth of the parameter's largest gradient).</param>
/// <param name="Place">The entry: [row, column].</param>
/// <param name="Gradient">By backpropagation.</param>
/// <param name="Difference">By central differences.</param>
internal sealed record GradientError(string Parameter, int Checked, double RelativeError, string Place, double Gradient, double Difference);
