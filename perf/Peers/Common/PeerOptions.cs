using System.Globalization;

namespace PipelineBackprop.Peers;

/// <summary>The options that every peer understands, each as <c>--name value</c>; perf/Peers/README.md has the table.</summary>
internal sealed class PeerOptions
{
    /// <summary>Safetensors file with <c>layers.N.weight</c> [out, in] and <c>layers.N.bias</c> [out], float32.</summary>
    public string Weights { get; private set; } = "";

    /// <summary>Safetensors file with <c>x</c> float32 [batch, in] and <c>y</c> int64 [batch].</summary>
    public string Data { get; private set; } = "";

    /// <summary>Threads of one operation; default 1.</summary>
    public int Threads { get; private set; } = 1;

    /// <summary>Learning rate η; default 0.01.</summary>
    public double LearningRate { get; private set; } = 0.01;

    /// <summary>Weight decay λ, on weights only; default 0.01.</summary>
    public double Lambda { get; private set; } = 0.01;

    /// <summary>Runs before the first one that is timed; default 5.</summary>
    public int WarmUps { get; private set; } = 5;

    /// <summary>Most runs that are timed, in a turn where turns are taken; default 100,000.</summary>
    public int Steps { get; private set; } = 100_000;

    /// <summary>Seconds after which no further run is started, once there are five; of a turn where turns are taken; default 5.</summary>
    public double Seconds { get; private set; } = 5;

    /// <summary>The way the peer's program is written, where there are several; default its first.</summary>
    public string Variant { get; private set; } = "";

    /// <summary>Whether runs are timed in turns with another program, which tells by lines on standard input when.</summary>
    public bool TakesTurns { get; private set; }

    /// <summary>Only finds out whether the peer can run here.</summary>
    public bool IsCheck { get; private set; }

    /// <summary>Reads the command line.</summary>
    /// <param name="arguments">The words of the command line.</param>
    /// <param name="variants">The values of <see cref="Variant"/>, the default first.</param>
    /// <exception cref="PeerException">An option is unknown, or has no value or a wrong one.</exception>
    public static PeerOptions Parse(string[] arguments, params string[] variants)
    {
        var options = new PeerOptions { Variant = variants.FirstOrDefault("") };
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name == "--check") options.IsCheck = true;
            else if (name == "--turns") options.TakesTurns = true;
            else if (i + 1 < arguments.Length) options.Set(name, arguments[++i], variants);
            else throw Bad($"'{name}' is no option, or its value is missing");
        }
        if (!options.IsCheck && (options.Weights.Length == 0 || options.Data.Length == 0))
            throw Bad("--weights FILE and --data FILE are needed; make-case.py writes both");
        return options;
    }

    private void Set(string name, string value, string[] variants)
    {
        switch (name)
        {
            case "--weights": Weights = value; break;
            case "--data": Data = value; break;
            case "--threads": Threads = Integer(name, value, 1); break;
            case "--lr": LearningRate = Number(name, value); break;
            case "--lambda": Lambda = Number(name, value); break;
            case "--warmups": WarmUps = Integer(name, value, 0); break;
            case "--steps": Steps = Integer(name, value, 1); break;
            case "--seconds": Seconds = Number(name, value); break;
            case "--variant" when variants.Contains(value): Variant = value; break;
            case "--variant" when variants.Length > 0: throw Bad($"--variant is '{value}', where {string.Join(" or ", variants)} would be right");
            default: throw Bad($"'{name}' is no option of this peer");
        }
    }

    private static int Integer(string name, string value, int least) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
            ? number
            : throw Bad($"{name} is '{value}', where an integer of {least} or more would be right");

    private static double Number(string name, string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number >= 0
            ? number
            : throw Bad($"{name} is '{value}', where a number of 0 or more would be right");

    private static PeerException Bad(string what) => new(PeerException.BadInput, $"{what}.");
}
