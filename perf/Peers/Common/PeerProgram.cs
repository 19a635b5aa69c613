using System.Runtime.InteropServices;
using System.Text.Json;

namespace PipelineBackprop.Peers;

/// <summary>What the programs of the peers have in common: one line of JSON on standard output, or one sentence on standard error and an exit code.</summary>
internal static class PeerProgram
{
    /// <summary>Runs a peer.</summary>
    /// <param name="name">How the peer is called in messages.</param>
    /// <param name="body">Returns what is written as JSON.</param>
    /// <returns>The exit code: 0, 1 for a failure of the library, 2 for bad input, 3 when the peer cannot run here.</returns>
    public static int Run(string name, Func<IReadOnlyDictionary<string, object>> body)
    {
        try
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(body()));
            return 0;
        }
        catch (PeerException error)
        {
            Console.Error.WriteLine($"{name}: {error.Message}");
            return error.ExitCode;
        }
        catch (Exception error) // whatever the library throws, told as the other peers tell it
        {
            Console.Error.WriteLine($"{name}: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    /// <summary>Loads the peer's native library before anything of its managed part runs, which would hide why that is not possible.</summary>
    /// <param name="file">The library, beside the program.</param>
    /// <param name="needs">What the library needs.</param>
    /// <exception cref="PeerException">It does not load; the message is the loader's.</exception>
    public static void LoadNative(string file, string needs)
    {
        try
        {
            NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, file));
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            string reason = error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim().TrimEnd('.'); // the loader's own line is the last
            throw new PeerException(PeerException.CannotRunHere, $"it needs {needs}: {reason}.");
        }
    }
}
