using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>A server on this machine that answers every request with the same bytes.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public LoopbackServer(byte[] body)
    {
        _listener.Start();
        _serving = ServeAsync(body);
    }

    /// <summary>The address of the one file.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/images.gz");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(byte[] body)
    {
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n");
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                NetworkStream stream = client.GetStream();
                using (var reader = new StreamReader(stream, leaveOpen: true))
                    while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 }) { }
                await stream.WriteAsync((byte[])[.. head, .. body], _stop.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException or SocketException or ObjectDisposedException) { }
    }
}
