using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PipelineBackprop.Checkpoints;

/// <summary>
/// The contents of <c>manifest.json</c>: all of a checkpoint but its tensors, and the seals of the files that hold those. Sequence counts the saves of
/// a run folder from 1: the newest checkpoint has the highest, even when a run went back to an older step.
/// </summary>
internal sealed record Manifest(
    int FormatVersion,
    long Sequence,
    DateTimeOffset WrittenAtUtc,
    long Step,
    long Epoch,
    SamplerState Sampler,
    Dictionary<string, long> RandomState,
    OptimizerInfo Optimizer,
    bool IsBest,
    Dictionary<string, double> Best,
    string Model,
    Dictionary<string, FileSeal> Files)
{
    /// <summary>The version of the layout that this program writes and reads.</summary>
    public const int Version = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Takes over all of a checkpoint but its tensors.</summary>
    public static Manifest Describe(Checkpoint checkpoint, long sequence, DateTimeOffset now, Dictionary<string, FileSeal> files) => new(
        Version, sequence, now.ToUniversalTime(), checkpoint.Step, checkpoint.Epoch,
        new SamplerState(checkpoint.SamplerEpoch, checkpoint.SamplerPosition),
        new(checkpoint.RandomState), new OptimizerInfo(checkpoint.OptimizerName, new(checkpoint.OptimizerScalars)),
        checkpoint.IsBest, new(checkpoint.Best), checkpoint.ModelDescription, files);

    /// <summary>The checkpoint that this manifest and its tensors make.</summary>
    public Checkpoint ToCheckpoint(IReadOnlyList<NamedTensor> parameters, IReadOnlyList<NamedTensor> optimizerState) => new()
    {
        Step = Step,
        Epoch = Epoch,
        SamplerEpoch = Sampler.Epoch,
        SamplerPosition = Sampler.Position,
        Parameters = parameters,
        OptimizerState = optimizerState,
        OptimizerName = Optimizer.Name,
        OptimizerScalars = Optimizer.Scalars,
        RandomState = RandomState,
        Best = Best,
        IsBest = IsBest,
        ModelDescription = Model,
    };

    /// <summary>The manifest as indented UTF-8 JSON that ends with a new line; doubles have their shortest exact form.</summary>
    public byte[] ToJson() => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Options) + "\n");

    /// <summary>Reads a manifest, strictly.</summary>
    /// <exception cref="DamagedCheckpointException">The text is not a manifest of this version.</exception>
    public static Manifest FromJson(byte[] json)
    {
        try
        {
            using (JsonDocument document = JsonDocument.Parse(json))
                CheckVersion(document.RootElement);
            Manifest manifest = JsonSerializer.Deserialize<Manifest>(json, Options) ?? throw new JsonException();
            return manifest is { Sequence: > 0 and < long.MaxValue, Step: >= 0, Epoch: >= 0, Sampler: { Epoch: >= 0, Position: >= 0 } }
                ? manifest
                : throw new DamagedCheckpointException("'manifest.json' has a negative step, epoch or sampler position, or a sequence below 1");
        }
        catch (JsonException error)
        {
            throw new DamagedCheckpointException($"'manifest.json' is not a manifest at '{error.Path ?? "$"}', line {(error.LineNumber ?? 0) + 1}", error);
        }
    }

    /// <summary>Another version is named as such before its unknown fields are.</summary>
    private static void CheckVersion(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("formatVersion", out JsonElement version))
            throw new DamagedCheckpointException("'manifest.json' has no formatVersion");
        if (version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != Version)
            throw new DamagedCheckpointException($"'manifest.json' has formatVersion {version.GetRawText()}, where {Version} can be read");
    }
}

/// <summary>Where the sampler stands.</summary>
internal sealed record SamplerState(long Epoch, long Position);

/// <summary>The optimizer's name and its scalar state.</summary>
internal sealed record OptimizerInfo(string Name, Dictionary<string, double> Scalars);
