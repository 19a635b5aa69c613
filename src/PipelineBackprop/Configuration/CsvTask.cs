namespace PipelineBackprop.Configuration;

/// <summary>What is learned from a CSV file.</summary>
public enum CsvTask
{
    /// <summary>The class named in the label column.</summary>
    Classification,

    /// <summary>The number in the label column.</summary>
    Regression,
}
