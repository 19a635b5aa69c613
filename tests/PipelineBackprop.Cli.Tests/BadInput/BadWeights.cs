using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>Safetensors files for --init that lie, are cut, or belong to another network.</summary>
public sealed class BadWeights
{
    private const string W0 = "layers.0.weight", B0 = "layers.0.bias", W1 = "layers.1.weight", B1 = "layers.1.bias";

    private static readonly Dictionary<string, BadCase> s_cases = new()
    {
        ["missing file"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--init", work.PathOf("gone.safetensors")), "gone.safetensors", "does not exist"),
        ["a folder"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--init", Directory.CreateDirectory(work.PathOf("w.safetensors")).FullName), "w.safetensors", "it is a folder"),
        ["empty file"] = Init([], "w.safetensors", "0 bytes"),
        ["no safetensors file"] = Init("this is a text and no safetensors file"u8.ToArray(), "w.safetensors", "claims a header of"),
        ["a header longer than the file"] = Init([.. BitConverter.GetBytes(5000L), .. "{}"u8], "w.safetensors", "claims a header of 5000 bytes", "only 2"),
        ["a header that is no JSON"] = Init(File("{\"layers", []), "w.safetensors", "not valid JSON"),
        ["data cut"] = Init(Good()[..^4], "w.safetensors", "76 bytes", "72"),
        ["data too long"] = Init([.. Good(), 0, 0, 0, 0], "w.safetensors", "76 bytes", "80"),
        ["an offset that lies"] = Init(File(Header((W0, "[3,4]", 0, 44)), new byte[44]), "w.safetensors", "'layers.0.weight'", "[0, 44]", "48 bytes are needed"),
        ["tensors that overlap"] = Init(File(Header((W0, "[3,4]", 0, 48), (B0, "[3]", 36, 48)), new byte[48]), "w.safetensors", "'layers.0.bias'", "overlaps"),
        ["a gap between tensors"] = Init(File(Header((W0, "[3,4]", 0, 48), (B0, "[3]", 52, 64)), new byte[64]), "w.safetensors", "'layers.0.bias'", "gap"),
        ["a shape without end"] = Init(File(Header((W0, "[2147483647,2147483647]", 0, 48)), new byte[48]), "w.safetensors", "'layers.0.weight'", "2147483647"),
        ["whole numbers"] = Init(File(Header((W0, "[3,4]", 0, 48)).Replace("F32", "I32", StringComparison.Ordinal), new byte[48]), "w.safetensors", "'I32'", "F32"),
        ["a weight of another shape"] = Init(Weights((W0, [3, 5]), (B0, [3]), (W1, [1, 3]), (B1, [1])), "w.safetensors", W0, "[3, 4]", "[3, 5]"),
        ["a weight turned round"] = Init(Weights((W0, [4, 3]), (B0, [3]), (W1, [1, 3]), (B1, [1])), "w.safetensors", W0, "[3, 4]", "[4, 3]"),
        ["a bias missing"] = Init(Weights((W0, [3, 4]), (W1, [1, 3]), (B1, [1])), "w.safetensors", B0, "lack"),
        ["one tensor too many"] = Init(Weights((W0, [3, 4]), (B0, [3]), (W1, [1, 3]), (B1, [1]), ("layers.1.wieght", [1])), "w.safetensors", "layers.1.wieght", "did you mean layers.1.weight?"),
        ["a number that is none"] = Init(With(float.NaN), "w.safetensors", W0, "NaN"),
        ["a float64 beyond float32"] = Init(Wide(1e39), "w.safetensors", W0, "1E+39 at index 0", "beyond the range of float32"),
        ["a float64 that is no number"] = Init(Wide(double.NaN), "w.safetensors", W0, "NaN at index 0"),
        ["given together with --resume"] = new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--resume", "--init", "w.safetensors"), "--resume", "--init", "together"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task TrainInit_BadWeights_AreRefusedInOneSentence(string name) => s_cases[name].ProveAsync();

    [Fact]
    public async Task TrainInit_GoodWeights_IsDone()
    {
        using var work = new Sandbox();
        CliRun outcome = await CliRun.OfAsync(work.Train(work.Write("run.json", RunFiles.Numbers), "--init", work.Write("w.safetensors", Good())));
        Assert.True(outcome.Code == 0, outcome.Error);
    }

    private static BadCase Init(byte[] file, params string[] says) =>
        new(work => work.Train(work.Write("run.json", RunFiles.Numbers), "--json", "--init", work.Write("w.safetensors", file)), says);

    private static byte[] Good() => Weights((W0, [3, 4]), (B0, [3]), (W1, [1, 3]), (B1, [1]));

    private static byte[] With(float first)
    {
        byte[] file = Good();
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(file.Length - 76), first);
        return file;
    }

    private static byte[] Wide(double first) =>
        File(
            Header((W0, "[3,4]", 0, 96), (B0, "[3]", 96, 120), (W1, "[1,3]", 120, 144), (B1, "[1]", 144, 152)).Replace("F32", "F64", StringComparison.Ordinal),
            [.. BitConverter.GetBytes(first), .. new byte[144]]);

    private static byte[] Weights(params (string Name, int[] Shape)[] tensors)
    {
        int at = 0;
        var entries = new List<(string, string, int, int)>();
        foreach ((string name, int[] shape) in tensors)
        {
            int end = at + 4 * shape.Aggregate(1, (product, extent) => product * extent);
            entries.Add((name, $"[{string.Join(',', shape)}]", at, end));
            at = end;
        }
        return File(Header([.. entries]), new byte[at]);
    }

    private static string Header(params (string Name, string Shape, int Begin, int End)[] tensors) =>
        "{" + string.Join(',', tensors.Select(t => $$"""
            "{{t.Name}}":{"dtype":"F32","shape":{{t.Shape}},"data_offsets":[{{t.Begin}},{{t.End}}]}
            """)) + "}";

    private static byte[] File(string header, byte[] data) =>
        [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. data];
}
