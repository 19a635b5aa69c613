using PipelineBackprop.Configuration;
using Xunit;

namespace PipelineBackprop.Tests.Configuration;

/// <summary>Every kind of fault, by the one sentence a person reads.</summary>
public sealed class RunFileFaultTests
{
    private const string Good = """
        {
          "seed": 1,
          "data": { "kind": "digits" },
          "model": {
            "layers": [
              { "kind": "dense", "outputs": 16, "activation": "relu" },
              { "kind": "dense", "outputs": 10 }
            ],
            "loss": "softmaxCrossEntropy"
          },
          "optimizer": {
            "kind": "sgd",
            "learningRate": 0.1
          },
          "pipeline": { "stages": 1 },
          "training": { "epochs": 2 }
        }
        """;

    [Theory]
    [InlineData("\"learningRate\": 0.1", "\"learningrat\": 0.1", "run.json, line 13: unknown setting 'optimizer.learningrat'; did you mean 'learningRate'?")]
    [InlineData("\"seed\": 1", "\"Seed\": 1", "run.json, line 2: unknown setting 'Seed'; did you mean 'seed'?")]
    [InlineData("\"stages\": 1", "\"xyzzy\": 1", "run.json, line 15: unknown setting 'pipeline.xyzzy'; known here: stages, chunks, boundaries, microBatches, schedule, recomputation, threads, helpOtherStages, devices, precision, replay, lossScaling, stallTimeoutSeconds, nonFiniteCheck.")]
    [InlineData("\"outputs\": 10", "\"outputs\": 10, \"rate\": 1", "run.json, line 7: unknown setting 'model.layers.1.rate'; known of kind dense: kind, outputs, activation, slope, bias, initializer.")]
    [InlineData("0.1", "\"fast\"", "run.json, line 13: 'optimizer.learningRate' is \"fast\", but must be a number above 0.")]
    [InlineData("0.1", "-1", "run.json, line 13: 'optimizer.learningRate' is -1, but must be a number above 0.")]
    [InlineData("0.1", "0", "run.json, line 13: 'optimizer.learningRate' is 0, but must be a number above 0.")]
    [InlineData("0.1", "1e999", "run.json, line 13: 'optimizer.learningRate' is 1e999, but must be a number above 0.")]
    [InlineData("0.1", "null", "run.json, line 13: 'optimizer.learningRate' is null, but must be a number above 0.")]
    [InlineData("0.1", "[0.1]", "run.json, line 13: 'optimizer.learningRate' is a list, but must be a number above 0.")]
    [InlineData("\"learningRate\": 0.1", "\"momentum\": 1", "run.json, line 13: 'optimizer.momentum' is 1, but must be a number of at least 0 and below 1.")]
    [InlineData("\"seed\": 1", "\"seed\": -3", "run.json, line 2: 'seed' is -3, but must be a whole number of at least 0.")]
    [InlineData("\"seed\": 1", "\"seed\": 1.5", "run.json, line 2: 'seed' is 1.5, but must be a whole number of at least 0.")]
    [InlineData("\"epochs\": 2", "\"epochs\": 99999999999", "run.json, line 16: 'training.epochs' is 99999999999, but must be a whole number of at least 1 and at most 2147483647.")]
    [InlineData("\"epochs\": 2", "\"epochs\": 0", "run.json, line 16: 'training.epochs' is 0, but must be a whole number of at least 1.")]
    [InlineData("\"epochs\": 2", "\"shuffle\": 1", "run.json, line 16: 'training.shuffle' is 1, but must be true or false.")]
    [InlineData("\"epochs\": 2", "\"steps\": \"all\"", "run.json, line 16: 'training.steps' is \"all\", but must be a whole number of at least 1 or null.")]
    [InlineData("\"relu\"", "\"rellu\"", "run.json, line 6: 'model.layers.0.activation' is \"rellu\", but must be one of identity, relu, leakyRelu, sigmoid, tanh, gelu, silu, softplus (did you mean \"relu\"?).")]
    [InlineData("\"dense\", \"outputs\": 10", "\"dens\", \"outputs\": 10", "run.json, line 7: 'model.layers.1.kind' is \"dens\", but must be one of dense, activation, dropout, layerNormalization (did you mean \"dense\"?).")]
    [InlineData("\"kind\": \"dense\", \"outputs\": 10", "\"outputs\": 10", "run.json, line 7: 'model.layers.1' lacks the setting 'kind', one of dense, activation, dropout, layerNormalization.")]
    [InlineData(", \"outputs\": 10", "", "run.json, line 7: 'model.layers.1' lacks the setting 'outputs', a whole number from 1 to 1000000.")]
    [InlineData("{ \"kind\": \"dense\", \"outputs\": 10 }", "7", "run.json, line 7: 'model.layers.1' is 7, but must be an object whose kind is one of dense, activation, dropout, layerNormalization.")]
    [InlineData("\"data\": { \"kind\": \"digits\" },", "", "run.json, line 1: the run file lacks the setting 'data', an object.")]
    [InlineData("{ \"kind\": \"digits\" }", "{ \"kind\": 3 }", "run.json, line 3: 'data.kind' is 3, but must be one of digits, idx, csv, linear.")]
    [InlineData("{ \"kind\": \"digits\" }", "\"digits\"", "run.json, line 3: 'data' is \"digits\", but must be an object whose kind is one of digits, idx, csv, linear.")]
    [InlineData("\"softmaxCrossEntropy\"", "\"crossEntropy\"", "run.json, line 9: 'model.loss' is \"crossEntropy\", but must be one of softmaxCrossEntropy, halfSquaredError, binaryCrossEntropy, huber.")]
    [InlineData("{ \"stages\": 1 }", "[1]", "run.json, line 15: 'pipeline' is a list, but must be an object with the settings stages, chunks, boundaries, microBatches, schedule, recomputation, threads, helpOtherStages, devices, precision, replay, lossScaling, stallTimeoutSeconds, nonFiniteCheck.")]
    [InlineData("\"stages\": 1", "\"boundaries\": 1", "run.json, line 15: 'pipeline.boundaries' is 1, but must be a list, each a whole number of at least 1.")]
    [InlineData("\"stages\": 1", "\"devices\": 1", "run.json, line 15: 'pipeline.devices' is 1, but must be a text.")]
    [InlineData("\"stages\": 1", "\"schedule\": \"gpip\"", "run.json, line 15: 'pipeline.schedule' is \"gpip\", but must be one of gpipe, 1f1b, interleaved-1f1b, looped-bfs, zb-h1, zb-h2, interleaved-zb, zb-v, v-half, v-min, pipedream-2bw, or a file ending in .csv (did you mean \"gpipe\"?).")]
    [InlineData("\"epochs\": 2", "\"epochs\": 2, \"epochs\": 3", "run.json, line 16: setting 'training.epochs' is given twice, first in line 16; keep one of the two.")]
    [InlineData("\"seed\": 1,", "\"seed\": 1", "run.json, line 3: this is not JSON: '\"' is invalid after a value, Expected either ',', '}', or ']'.")]
    [InlineData("\"pipeline\"", "} \"pipeline\"", "run.json, line 15: this is not JSON: '\"' is invalid after a single JSON value, Expected end of data.")]
    public void Parse_OneFault_GivesItsSentence(string good, string bad, string sentence)
    {
        string text = Good.Replace(good, bad, StringComparison.Ordinal);
        Assert.NotEqual(Good, text);
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => RunFile.Parse(text, "run.json")).Message);
    }

    [Theory]
    [InlineData("name=../up", "'name' is \"../up\", but must be 1 to 100 letters, digits, '.', '_' or '-', not starting with '.'.")]
    [InlineData("model.layers=[]", "'model.layers' is empty, but a network needs at least one layer.")]
    [InlineData("pipeline.stages=3", "'pipeline.stages' is 3, but the network has 2 layers and every stage needs at least one.")]
    [InlineData("pipeline.stages=0", "'pipeline.stages' is 0, but must be a whole number of at least 1 or \"auto\".")]
    [InlineData("pipeline.stages=many", "'pipeline.stages' is \"many\", but must be a whole number of at least 1 or \"auto\".")]
    [InlineData("pipeline={\"stages\":\"auto\",\"boundaries\":[1]}", "'pipeline.boundaries' is given, but 'pipeline.stages' is \"auto\", which chooses them.")]
    [InlineData("pipeline={\"stages\":\"auto\",\"devices\":[\"cpu\",\"cpu\",\"cpu\"]}", "'pipeline.devices' names 3 devices, but the network has 2 layers and every stage needs at least one.")]
    [InlineData("pipeline.boundaries=[1]", "'pipeline.boundaries' names 1 layers, but must name one less than the 1 of 'pipeline.stages'.")]
    [InlineData("pipeline={\"stages\":2,\"boundaries\":[2]}", "'pipeline.boundaries.0' is 2, but boundaries must ascend and this one lie from 1 to 1.")]
    [InlineData("pipeline={\"stages\":2,\"schedule\":\"zb-v\"}", "'pipeline.schedule' is zb-v with 2 stages on each of 2 devices, but the network has 2 layers and every stage needs at least one.")]
    [InlineData("pipeline.devices=[\"cpu\",\"cpu\"]", "'pipeline.devices' names 2 devices, but must name one, or one for each of the 1 stages.")]
    [InlineData("pipeline.devices=[\" \"]", "'pipeline.devices.0' is empty, but must name a device such as cpu.")]
    [InlineData("pipeline.microBatches=129", "'pipeline.microBatches' is 129, but a minibatch of 128 examples cannot be cut into more parts than that.")]
    [InlineData("optimizer.nesterov=true", "'optimizer.nesterov' is true, but needs 'optimizer.momentum' above 0, found 0.")]
    [InlineData("optimizer={\"kind\":\"adamw\",\"weightDecay\":{\"mode\":\"coupled\"}}", "'optimizer.weightDecay.mode' is \"coupled\", but adamw decouples weight decay; use the optimizer adam for coupled decay.")]
    [InlineData("training={\"earlyStopping\":{},\"evaluateEveryEpochs\":null}", "'training.earlyStopping' needs evaluations, but 'training.evaluateEverySteps' and 'training.evaluateEveryEpochs' are both null.")]
    [InlineData("data={\"kind\":\"linear\",\"inputs\":100000,\"testCount\":100000}", "'data.inputs' is 100000, but 100000 examples of as many are more than the 2147483591 numbers that data can hold.")]
    [InlineData("data={\"kind\":\"csv\",\"file\":\"\"}", "'data.file' is empty, but must name a file.")]
    [InlineData("data={\"kind\":\"csv\",\"file\":\"f\",\"delimiter\":\"\"}", "'data.delimiter' is \"\", but must be one printable ASCII character other than a quote, or a tab.")]
    [InlineData("data={\"kind\":\"csv\",\"file\":\"f\",\"delimiter\":\";;\"}", "'data.delimiter' is \";;\", but must be one printable ASCII character other than a quote, or a tab.")]
    [InlineData("data={\"kind\":\"csv\",\"file\":\"f\",\"delimiter\":\"\\u0000\"}", "'data.delimiter' is \"?\", but must be one printable ASCII character other than a quote, or a tab.")]
    [InlineData("data={\"kind\":\"csv\",\"file\":\"a\\u0000b\"}", "'data.file' is \"a?b\", where ? stands for a NUL, which no file name holds.")]
    [InlineData("data={\"kind\":\"csv\",\"file\":\"a\",\"testFile\":\"\\u0000\"}", "'data.testFile' is \"?\", where ? stands for a NUL, which no file name holds.")]
    [InlineData("data={\"kind\":\"idx\",\"directory\":\"a\\u0000\"}", "'data.directory' is \"a?\", where ? stands for a NUL, which no file name holds.")]
    [InlineData("pipeline.schedule=\"a\\u0000.csv\"", "'pipeline.schedule' is \"a?.csv\", where ? stands for a NUL, which no file name holds.")]
    [InlineData("seed=1e-400", "'seed' is 1e-400, but must be a whole number of at least 0.")]
    [InlineData("seed=1.0000000000000000000000000000000001", "'seed' is 1.0000000000000000000000000000000001, but must be a whole number of at least 0.")]
    [InlineData("seed=18446744073709551616", "'seed' is 18446744073709551616, but must be a whole number of at least 0 and at most 18446744073709551615.")]
    [InlineData("training.steps=9223372036854775808", "'training.steps' is 9223372036854775808, but must be a whole number of at least 1 and at most 9223372036854775807 or null.")]
    [InlineData("data={\"kind\":\"idx\",\"directory\":\"\"}", "'data.directory' is empty, but must name a folder.")]
    [InlineData("optimizer.momentm=1", "unknown setting 'optimizer.momentm'; did you mean 'momentum'?")]
    [InlineData("optimizer={\"a\\nb\":1}", "unknown setting 'optimizer.a?b'; known of kind sgd: kind, momentum, nesterov, learningRate, weightDecay, clipNorm, schedule.")]
    [InlineData("optimizer.learningRate=\"a\\r\\nb\"", "'optimizer.learningRate' is \"a??b\", but must be a number above 0.")]
    [InlineData("optimizer.learningRate=fast", "'optimizer.learningRate' is \"fast\", but must be a number above 0.")]
    [InlineData("model.layers.7.outputs=3", "'model.layers' is a list of 2, so '7' must be a whole number from 0 to 1.")]
    [InlineData("model.layers.x.outputs=3", "'model.layers' is a list of 2, so 'x' must be a whole number from 0 to 1.")]
    [InlineData("seed", "an override is written setting=value, as in optimizer.learningRate=0.05.")]
    [InlineData("=3", "an override is written setting=value, as in optimizer.learningRate=0.05.")]
    [InlineData("optimizer..x=3", "an override is written setting=value, as in optimizer.learningRate=0.05.")]
    [InlineData("seed={\"a\":1,\"a\":2}", "setting 'seed.a' is given twice, first in the same value; keep one of the two.")]
    [InlineData("compare={\"setting\":\"seed\",\"values\":[]}", "'compare.values' is empty, but must hold at least one value to compare.")]
    [InlineData("compare={\"setting\":\"compare.setting\",\"values\":[1]}", "'compare.setting' must name a setting outside 'compare'.")]
    [InlineData("compare={\"setting\":\"sed\",\"values\":[1]}", "unknown setting 'sed'; did you mean 'seed'?")]
    [InlineData("compare={\"setting\":\"seed\",\"values\":[1,-1]}", "'seed' is -1, but must be a whole number of at least 0.")]
    [InlineData("compare={\"setting\":\"seed\",\"values\":[[1]]}", "'compare.values.0' is a list, but must be a number, a text, true, false or null.")]
    public void Parse_OverrideWithFault_NamesTheOverride(string assignment, string sentence)
    {
        var fault = Assert.Throws<InvalidInputException>(() => RunFile.Parse(Good, "run.json", [assignment]));

        Assert.Equal($"--set {assignment}: {sentence}", fault.Message);
    }

    [Fact]
    public void Parse_EarlyStoppingByAccuracyOfDataWithoutClasses_IsRefused()
    {
        const string Stop = "training.earlyStopping.metric=testAccuracy";
        var fault = Assert.Throws<InvalidInputException>(() => RunFile.Parse(Good, "run.json", ["data={\"kind\":\"linear\"}", Stop]));

        Assert.Equal($"--set {Stop}: 'training.earlyStopping.metric' is \"testAccuracy\", but the data has no classes; use testLoss.", fault.Message);
        Assert.Equal("testAccuracy", RunFile.Parse(Good, "run.json", [Stop]).Training.EarlyStopping!.Metric.ToString(), ignoreCase: true);
    }

    [Fact]
    public void Parse_OverrideInsideAnEmptyList_SaysThatItIsEmpty()
    {
        var fault = Assert.Throws<InvalidInputException>(() => RunFile.Parse(Good, "run.json", ["pipeline.devices=[]", "pipeline.devices.0=cpu"]));

        Assert.Equal("--set pipeline.devices.0=cpu: 'pipeline.devices' is an empty list, so it has no '0' to change; set the whole list.", fault.Message);
    }

    [Fact]
    public void Parse_NameThatEndsInALineFeed_IsRefused()
    {
        string text = Good.Replace("\"seed\": 1", "\"name\": \"digits\\n\"", StringComparison.Ordinal);

        Assert.StartsWith("run.json, line 2: 'name' is \"digits?\", but must be ", Assert.Throws<InvalidInputException>(() => RunFile.Parse(text, "run.json")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ComparisonInFileWithBadValue_NamesItsLine()
    {
        string text = Good.Replace("\"training\":", "\"compare\": {\n    \"setting\": \"seed\",\n    \"values\": [1, \"x\"] },\n  \"training\":", StringComparison.Ordinal);

        var fault = Assert.Throws<InvalidInputException>(() => RunFile.Parse(text, "run.json"));

        Assert.Equal("run.json, line 18: 'seed' is \"x\", but must be a whole number of at least 0.", fault.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n ")]
    public void Parse_EmptyText_SaysSo(string text) => Assert.Equal(
        "run.json is empty, but must hold the settings of a run as JSON.", Assert.Throws<InvalidInputException>(() => RunFile.Parse(text, "run.json")).Message);

    [Theory]
    [InlineData("{")]
    [InlineData("{\"seed\":")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{} {}")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    public void Parse_NoObjectAtAll_IsOneSentenceWithTheSource(string text)
    {
        string message = Assert.Throws<InvalidInputException>(() => RunFile.Parse(text, "run.json")).Message;

        Assert.StartsWith("run.json, line ", message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", message, StringComparison.Ordinal);
    }
}
