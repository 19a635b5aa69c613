using System.Text.Json;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Run files and data that are right, for the cases to spoil one thing in.</summary>
internal static class RunFiles
{
    /// <summary>Four inputs, one number to predict, two stages; the lines matter to the cases that name one.</summary>
    public const string Numbers = """
        {
          "name": "numbers",
          "data": { "kind": "linear", "inputs": 4, "trainCount": 8, "testCount": 4 },
          "model": {
            "layers": [
              { "kind": "dense", "outputs": 3, "activation": "tanh" },
              { "kind": "dense", "outputs": 1 }
            ],
            "loss": "halfSquaredError"
          },
          "optimizer": { "kind": "sgd", "learningRate": 0.01, "momentum": 0.5 },
          "pipeline": { "stages": 2, "microBatches": 2 },
          "training": { "batchSize": 2, "epochs": 2, "checkpointEverySteps": 3 }
        }
        """;

    /// <summary>Two numeric columns, one of categories and the class, in this order; twelve rows.</summary>
    public const string FlowerRows = """
        length,width,colour,kind
        5.1,3.5,red,rose
        4.9,3.0,red,rose
        4.7,3.2,blue,lily
        4.6,3.1,blue,lily
        5.0,3.6,white,iris
        5.4,3.9,white,iris
        4.6,3.4,red,rose
        5.0,3.4,red,rose
        4.4,2.9,blue,lily
        4.9,3.1,blue,lily
        5.4,3.7,white,iris
        4.8,3.4,white,iris

        """;

    /// <summary>A run file for rows such as <see cref="FlowerRows"/>.</summary>
    /// <param name="csv">The file of rows.</param>
    /// <param name="data">More settings of "data", beginning with a comma.</param>
    /// <param name="outputs">Width of the only layer.</param>
    public static string FlowersOf(string csv, string data = ", \"label\": \"kind\"", int outputs = 3) => $$"""
        {
          "name": "flowers",
          "data": { "kind": "csv", "file": {{JsonSerializer.Serialize(csv)}}{{data}} },
          "model": { "layers": [{ "kind": "dense", "outputs": {{outputs}} }], "loss": "softmaxCrossEntropy" },
          "training": { "batchSize": 4, "epochs": 1 }
        }
        """;
}
