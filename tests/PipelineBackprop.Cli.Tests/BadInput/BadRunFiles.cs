using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Run files with a setting that is unknown, of the wrong type, out of its range, or at odds with the others.</summary>
public sealed class BadRunFiles
{
    private const string First = """{ "kind": "dense", "outputs": 3, "activation": "tanh" }""", Optimizer = """ "kind": "sgd", "learningRate": 0.01""";

    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["unknown setting at the top"] = Edit("\"pipeline\":", "\"pipelin\":", "run.json, line 12", "'pipelin'", "did you mean 'pipeline'?"),
        ["unknown setting of the data"] = Edit("\"trainCount\"", "\"trianCount\"", "run.json, line 3", "'data.trianCount'", "did you mean 'trainCount'?"),
        ["unknown setting of the model"] = Edit("\"loss\"", "\"los\"", "run.json, line 9", "'model.los'", "did you mean 'loss'?"),
        ["unknown setting of a layer"] = Edit("\"activation\"", "\"activaton\"", "run.json, line 6", "'model.layers.0.activaton'", "did you mean 'activation'?"),
        ["unknown setting of the loss"] = Edit("\"halfSquaredError\"", """{ "kind": "huber", "dleta": 1 }""", "run.json, line 9", "'model.loss.dleta'", "did you mean 'delta'?"),
        ["unknown setting of the optimizer"] = Edit("\"momentum\"", "\"momentun\"", "run.json, line 11", "'optimizer.momentun'", "did you mean 'momentum'?"),
        ["unknown setting of the weight decay"] = Edit(Optimizer, Optimizer + """, "weightDecay": { "lamda": 1 }""", "'optimizer.weightDecay.lamda'", "did you mean 'lambda'?"),
        ["unknown setting of the rate's schedule"] = Edit(Optimizer, Optimizer + """, "schedule": { "kind": "step", "every": 5, "gama": 0.5 }""", "'optimizer.schedule.gama'", "did you mean 'gamma'?"),
        ["unknown setting of the pipeline"] = Edit("\"microBatches\"", "\"microbatch\"", "run.json, line 12", "'pipeline.microbatch'", "did you mean 'microBatches'?"),
        ["unknown setting of the training"] = Edit("\"epochs\"", "\"epoch\"", "run.json, line 13", "'training.epoch'", "did you mean 'epochs'?"),
        ["setting of another kind"] = Edit("\"momentum\": 0.5", "\"beta1\": 0.5", "'optimizer.beta1'", "sgd"),

        ["learning rate 0"] = Edit("0.01", "0", "run.json, line 11", "'optimizer.learningRate' is 0", "above 0"),
        ["learning rate below 0"] = Edit("0.01", "-1", "'optimizer.learningRate' is -1", "above 0"),
        ["learning rate a text"] = Edit("0.01", "\"NaN\"", "'optimizer.learningRate' is \"NaN\"", "a number above 0"),
        ["learning rate beyond all numbers"] = Edit("0.01", "1e400", "'optimizer.learningRate' is 1e400", "above 0"),
        ["momentum 1"] = Edit("\"momentum\": 0.5", "\"momentum\": 1", "'optimizer.momentum' is 1", "below 1"),
        ["nesterov without momentum"] = Edit("\"momentum\": 0.5", "\"nesterov\": true", "'optimizer.nesterov'", "'optimizer.momentum' above 0"),
        ["negative weight decay"] = Edit(Optimizer, Optimizer + """, "weightDecay": { "lambda": -0.1 }""", "'optimizer.weightDecay.lambda' is -0.1", "at least 0"),
        ["clip norm 0"] = Edit(Optimizer, Optimizer + """, "clipNorm": 0""", "'optimizer.clipNorm' is 0", "above 0"),
        ["batch size 0"] = Edit("\"batchSize\": 2", "\"batchSize\": 0", "'training.batchSize' is 0", "at least 1"),
        ["batch size with a half"] = Edit("\"batchSize\": 2", "\"batchSize\": 2.5", "'training.batchSize' is 2.5", "a whole number"),
        ["batch size beyond an int"] = Edit("\"batchSize\": 2", "\"batchSize\": 2147483648", "'training.batchSize' is 2147483648", "2147483647"),
        ["batch size a text"] = Edit("\"batchSize\": 2", "\"batchSize\": \"two\"", "'training.batchSize' is \"two\"", "a whole number"),
        ["more than the data with dropLast"] = Edit("\"batchSize\": 2", "\"batchSize\": 9, \"dropLast\": true", "'training.batchSize' is 9", "8 examples", "'training.dropLast'"),
        ["epochs 0"] = Edit("\"epochs\": 2", "\"epochs\": 0", "'training.epochs' is 0", "at least 1"),
        ["no checkpoint kept"] = Edit("\"epochs\": 2", "\"keepCheckpoints\": 0", "'training.keepCheckpoints' is 0", "at least 1"),
        ["early stopping without evaluations"] = Edit("\"epochs\": 2", """ "evaluateEveryEpochs": null, "earlyStopping": { }""", "'training.earlyStopping'", "evaluateEverySteps"),
        ["early stopping by the accuracy of numbers"] = Edit("\"epochs\": 2", """ "earlyStopping": { "metric": "testAccuracy" }""", "'training.earlyStopping.metric'", "no classes"),
        ["negative seed"] = Edit("\"name\"", "\"seed\": -1, \"name\"", "'seed' is -1", "at least 0"),
        ["stages 0"] = Edit("\"stages\": 2", "\"stages\": 0", "'pipeline.stages' is 0", "at least 1"),
        ["more stages than layers"] = Edit("\"stages\": 2", "\"stages\": 3", "'pipeline.stages' is 3", "2 layers"),
        ["micro-batches 0"] = Edit("\"microBatches\": 2", "\"microBatches\": 0", "'pipeline.microBatches' is 0", "at least 1"),
        ["more micro-batches than examples"] = Edit("\"microBatches\": 2", "\"microBatches\": 3", "'pipeline.microBatches' is 3", "2 examples"),
        ["a stall timeout too short to work in"] = Edit("\"stages\": 2", "\"stages\": 2, \"stallTimeoutSeconds\": 0.001", "'pipeline.stallTimeoutSeconds' is 0.001", "0.05 to 1000000"),
        ["a stall timeout beyond all time"] = Edit("\"stages\": 2", "\"stages\": 2, \"stallTimeoutSeconds\": 1e300", "'pipeline.stallTimeoutSeconds' is 1e300", "0.05 to 1000000"),
        ["threads without number"] = Edit("\"stages\": 2", "\"stages\": 2, \"threads\": 1025", "'pipeline.threads' is 1025", "1 to 1024"),
        ["boundaries that fall"] = Edit("\"stages\": 2", "\"stages\": 2, \"boundaries\": [1, 1]", "'pipeline.boundaries'", "2"),
        ["a boundary behind the last layer"] = Edit("\"stages\": 2", "\"stages\": 2, \"boundaries\": [2]", "'pipeline.boundaries.0' is 2", "from 1 to 1"),
        ["devices for other stages"] = Edit("\"stages\": 2", "\"stages\": 2, \"devices\": [\"cpu\", \"cpu\", \"cpu\"]", "'pipeline.devices' names 3", "2 stages"),
        ["recomputation of other stages"] = Edit("\"stages\": 2", "\"stages\": 2, \"recomputation\": [\"never\", \"never\", \"always\"]", "'pipeline.recomputation' has 3 values", "2 stages"),
        ["unknown recomputation"] = Edit("\"stages\": 2", "\"stages\": 2, \"recomputation\": \"allways\"", "'pipeline.recomputation' is \"allways\"", "never, allButLast, always", "did you mean \"always\"?"),
        ["an unknown device"] = Edit("\"stages\": 2", "\"stages\": 2, \"devices\": [\"cpus\"]", "'pipeline.devices.0'", "\"cpus\"", "did you mean \"cpu\"?"),
        ["dropout rate 1"] = Edit(First, """{ "kind": "dropout", "rate": 1 }, """ + First, "'model.layers.0.rate' is 1", "below 1"),
        ["outputs 0"] = Edit("\"outputs\": 3", "\"outputs\": 0", "'model.layers.0.outputs' is 0", "1 to 1000000"),
        ["outputs beyond an int"] = Edit("\"outputs\": 3", "\"outputs\": 2147483648", "'model.layers.0.outputs' is 2147483648", "1 to 1000000"),
        ["a weight of a million million numbers"] = Edit(First, """{ "kind": "dense", "outputs": 1000000 }, { "kind": "dense", "outputs": 1000000 }""", "'model.layers.1'", "1000000 inputs × 1000000 outputs"),
        ["data of a million million numbers"] = Edit("""
            "inputs": 4, "trainCount": 8
            """, """
            "inputs": 1000000, "trainCount": 1000000
            """, "'data.inputs' is 1000000", "1000000 examples"),
        ["no layers"] = Edit($"{First},\n      {{ \"kind\": \"dense\", \"outputs\": 1 }}", "", "'model.layers' is empty", "at least one"),
        ["more outputs than numbers to predict"] = Edit("\"outputs\": 1", "\"outputs\": 2", "2 outputs", "1 number"),
        ["classes asked of numbers"] = Edit("\"halfSquaredError\"", "\"softmaxCrossEntropy\"", "'model.loss' is softmaxCrossEntropy", "needs classes"),
        ["numbers asked of classes"] = Edit("""{ "kind": "linear", "inputs": 4, "trainCount": 8, "testCount": 4 }""", """{ "kind": "digits", "trainCount": 8, "testCount": 4 }""", "'model.loss' is halfSquaredError", "holds classes"),
        ["a slope of relu"] = Edit("\"activation\": \"tanh\"", "\"activation\": \"relu\", \"slope\": 0.1", "'model.layers.0'", "slope", "leakyRelu"),

        ["unknown data"] = Edit("\"linear\"", "\"liner\"", "'data.kind' is \"liner\"", "did you mean \"linear\"?"),
        ["unknown layer"] = Edit("\"kind\": \"dense\", \"outputs\": 1", "\"kind\": \"dens\", \"outputs\": 1", "run.json, line 7", "'model.layers.1.kind' is \"dens\"", "did you mean \"dense\"?"),
        ["unknown activation"] = Edit("\"tanh\"", "\"tahn\"", "'model.layers.0.activation' is \"tahn\"", "did you mean \"tanh\"?"),
        ["unknown initializer"] = Edit("\"activation\": \"tanh\"", "\"initializer\": \"xavieruniform\"", "'model.layers.0.initializer'", "did you mean \"xavierUniform\"?"),
        ["unknown loss"] = Edit("\"halfSquaredError\"", "\"halfSquareError\"", "'model.loss", "\"halfSquareError\"", "did you mean \"halfSquaredError\"?"),
        ["unknown optimizer"] = Edit("\"sgd\"", "\"sdg\"", "'optimizer.kind' is \"sdg\"", "did you mean \"sgd\"?"),
        ["unknown rate schedule"] = Edit(Optimizer, Optimizer + ", \"schedule\": \"cosin\"", "'optimizer.schedule", "\"cosin\"", "did you mean \"cosine\"?"),
        ["unknown decay mode"] = Edit(Optimizer, Optimizer + """, "weightDecay": { "mode": "decupled" }""", "'optimizer.weightDecay.mode' is \"decupled\"", "did you mean \"decoupled\"?"),
        ["unknown pipeline schedule"] = Edit("\"stages\": 2", "\"stages\": 2, \"schedule\": \"1f2b\"", "'pipeline.schedule' is \"1f2b\"", "did you mean \"1f1b\"?"),
        ["more stages than layers by chunks"] = Edit("\"stages\": 2", "\"stages\": 2, \"schedule\": \"zb-v\"", "'pipeline.schedule' is zb-v with 2 stages on each of 2 devices", "2 layers"),
        ["chunks that the schedule has not"] = Edit("\"stages\": 2", "\"stages\": 2, \"chunks\": 2", "'pipeline.chunks' is 2", "1f1b has 1 on each device"),
        ["boundaries of fewer stages than the schedule has"] = Edit("\"stages\": 2", "\"stages\": 1, \"schedule\": \"zb-v\", \"boundaries\": []", "'pipeline.boundaries' names 0 layers", "the 2 stages of zb-v"),
        ["unknown metric"] = Edit("\"epochs\": 2", """ "earlyStopping": { "metric": "testLos" }""", "'training.earlyStopping.metric' is \"testLos\"", "did you mean \"testLoss\"?"),

        ["a setting twice"] = Edit("\"epochs\": 2", "\"epochs\": 2,\n \"epochs\": 3", "run.json, line 14", "'training.epochs'", "twice", "line 13"),
        ["a comma missing"] = Edit("\"batchSize\": 2,", "\"batchSize\": 2", "run.json, line 13", "not JSON"),
        ["a brace missing"] = Text(RunFiles.Numbers.TrimEnd()[..^1], "run.json, line", "not JSON"),
        ["text after the end"] = Text(RunFiles.Numbers + "\n}", "run.json, line 15", "not JSON"),
        ["empty file"] = Text("", "run.json is empty", "settings of a run"),
        ["a list"] = Text("[]", "run.json", "is a list", "an object"),
        ["nesting without end"] = Text(string.Concat(Enumerable.Repeat("{\"a\":", 100)), "run.json", "not JSON"),
        ["no data"] = Edit("\"data\": { \"kind\": \"linear\", \"inputs\": 4, \"trainCount\": 8, \"testCount\": 4 },", "", "run.json", "lacks the setting 'data'"),
        ["data without kind"] = Edit("\"kind\": \"linear\", ", "", "'data' lacks the setting 'kind'", "linear"),
        ["layer without outputs"] = Edit("\"outputs\": 3, ", "", "run.json, line 6", "'model.layers.0' lacks the setting 'outputs'"),
        ["layers not a list"] = Edit("\"loss\": \"halfSquaredError\"", "\"loss\": [\"huber\"]", "'model.loss' is a list"),
        ["a name that is no folder"] = Edit("\"numbers\"", "\"../numbers\"", "'name' is \"../numbers\"", "letters"),
        ["a name with a line break"] = Edit("\"numbers\"", "\"num\\nbers\"", "'name'", "letters"),
        ["comparison of nothing"] = Edit("\"name\"", """ "compare": { "setting": "seed", "values": [] }, "name" """, "'compare.values' is empty"),
        ["comparison with a bad value"] = Edit("\"name\"", """ "compare": { "setting": "optimizer.momentum", "values": [0, 2] }, "name" """, "'optimizer.momentum' is 2", "below 1"),
        ["comparison of an unknown setting"] = Edit("\"name\"", """ "compare": { "setting": "optimizer.momentun", "values": [0] }, "name" """, "'optimizer.momentun'", "did you mean 'momentum'?"),
        ["missing file"] = new(work => work.Train(work.PathOf("gone.json")), "gone.json", "does not exist"),
        ["a folder instead of a file"] = new(work => work.Train(Directory.CreateDirectory(work.PathOf("folder.json")).FullName), "folder.json", "it is a folder"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Train_BadRunFile_IsRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    private static BadCase Edit(string good, string bad, params string[] says)
    {
        Assert.Contains(good, RunFiles.Numbers, StringComparison.Ordinal);
        return Text(RunFiles.Numbers.Replace(good, bad, StringComparison.Ordinal), says);
    }

    private static BadCase Text(string text, params string[] says) => new(work => work.Train(work.Write("run.json", text)), says);
}
