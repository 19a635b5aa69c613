using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PipelineBackprop.Tests.Data;

/// <summary>A web server on loopback that gives out one body, and can be told to misbehave. One connection a request.</summary>
internal sealed class TinyServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public TinyServer(byte[] body)
    {
        Body = body;
        _listener.Start();
        _loop = ServeAsync();
    }

    public byte[] Body { get; }

    /// <summary>Whether Range requests get 206; else 200 with everything.</summary>
    public bool KnowsRanges { get; set; } = true;

    /// <summary>The most bytes that one answer to a Range request holds; null for all the rest.</summary>
    public int? MostInRange { get; set; }

    /// <summary>How many bytes after the one asked for a Range request is answered from.</summary>
    public int StartsLaterBy { get; set; }

    /// <summary>For each coming request, after how many bytes of the body the connection is cut; then never.</summary>
    public Queue<int> Cuts { get; } = new();

    /// <summary>Sends this status instead of the body.</summary>
    public int? Status { get; set; }

    /// <summary>Stops sending, with the connection open, after this many bytes of the body.</summary>
    public int? StallAfter { get; set; }

    /// <summary>Whether answers tell their length.</summary>
    public bool TellsLength { get; set; } = true;

    /// <summary>The first byte asked for by each request so far; null without a Range.</summary>
    public List<int?> Requests { get; } = [];

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/file.bin");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // Disposed: the server is done.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        int? from = await ReadRequestAsync(stream);
        Requests.Add(from);
        int start = KnowsRanges && from is { } asked ? asked + StartsLaterBy : 0;
        bool beyond = start > 0 && start >= Body.Length;
        int status = Status ?? (beyond ? 416 : start > 0 ? 206 : 200);
        byte[] content = status < 300 ? Body[start..] : [];
        if (status == 206 && MostInRange < content.Length) content = content[..MostInRange.Value];
        var head = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Status\r\nConnection: close\r\n"));
        if (TellsLength) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {content.Length}\r\n");
        if (status == 206) head.Append(CultureInfo.InvariantCulture, $"Content-Range: bytes {start}-{start + content.Length - 1}/{Body.Length}\r\n");
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
            int cut = Cuts.TryDequeue(out int next) ? next : StallAfter ?? content.Length;
            await stream.WriteAsync(content.AsMemory(0, Math.Min(cut, content.Length)), _stop.Token);
            await stream.FlushAsync(_stop.Token);
            if (StallAfter is not null) await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        catch (IOException)
        {
            // The client hung up, as some tests want.
        }
    }

    private async Task<int?> ReadRequestAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        int? from = null;
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line)
        {
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase))
                from = int.Parse(line["Range: bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        }
        return from;
    }
}
