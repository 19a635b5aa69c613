namespace PipelineBackprop.Data;

/// <summary>What a CSV file became: the two parts, and the encoding that new rows need.</summary>
/// <param name="Datasets">The training and the test part.</param>
/// <param name="Encoding">Columns, categories, standardisation and class names, fitted on the training file.</param>
public sealed record CsvData(DatasetPair Datasets, CsvEncoding Encoding);
