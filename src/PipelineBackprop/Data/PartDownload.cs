using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace PipelineBackprop.Data;

/// <summary>Brings the bytes of one file into its part file, from the first address that gives them all, resuming where it can.</summary>
internal sealed class PartDownload(HttpClient client, int attempts, TimeSpan stallTimeout)
{
    private const int BufferBytes = 1 << 16;

    public async Task FetchAsync(CatalogueFile file, string part, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (file.Bytes is long size && Length(part) > size) File.Delete(part);
        (Uri Url, string Reason, Exception? Inner) last = default;
        foreach (Uri url in file.Urls)
        {
            for (int attempt = 0; attempt < attempts; attempt++)
            {
                if (file.Bytes is long whole && Length(part) == whole) return;
                try
                {
                    string? refusal = await AttemptAsync(file, url, part, progress, cancellationToken).ConfigureAwait(false);
                    if (refusal is null) return;
                    last = (url, refusal, null);
                    break;
                }
                catch (Exception fault) when (IsNetworkFault(fault) && !cancellationToken.IsCancellationRequested)
                {
                    last = (url, Reason(fault), fault);
                }
            }
        }
        string kept = Length(part) is > 0 and long length
            ? string.Create(CultureInfo.InvariantCulture, $"after {length}{(file.Bytes is long total ? $" of {total}" : "")} bytes, the next attempt continues there")
            : "before any of it arrived";
        throw new DownloadException($"{file.Name}: {last.Url} could not be downloaded ({last.Reason}) {kept}.", last.Inner);
    }

    // Null when the file is complete, or why this address will not give it.
    private async Task<string?> AttemptAsync(CatalogueFile file, Uri url, string part, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(stallTimeout);
        long start = Length(part);
        using HttpResponseMessage response = await RequestAsync(url, start, stall.Token).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && start > 0)
        {
            // The part does not belong to what the server has: begin again.
            File.Delete(part);
            return await AttemptAsync(file, url, part, progress, cancellationToken).ConfigureAwait(false);
        }
        if (!response.IsSuccessStatusCode) return string.Create(CultureInfo.InvariantCulture, $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}");
        bool resumed = response.StatusCode == HttpStatusCode.PartialContent;
        long from = resumed ? response.Content.Headers.ContentRange?.From ?? start : 0;
        if (from != start && from != 0) return string.Create(CultureInfo.InvariantCulture, $"the server continued at byte {from} instead of {start}");
        // A server may answer with less than was asked for; only the range says how long the whole is.
        long? offered = resumed && response.Content.Headers.ContentRange?.Length is long complete ? complete
            : response.Content.Headers.ContentLength is long rest ? from + rest : null;
        long? total = file.Bytes ?? offered;
        if (offered is long bytes && bytes != total)
            return string.Create(CultureInfo.InvariantCulture, $"the server offers {bytes} bytes, but the catalogue expects {total}");
        await CopyAsync(response, part, from, new DownloadProgress(file.Name, from, total), progress, stall).ConfigureAwait(false);
        long length = Length(part);
        if (total is long expected && length < expected)
            throw new HttpIOException(HttpRequestError.ResponseEnded, string.Create(CultureInfo.InvariantCulture, $"{length} of {expected} bytes"));
        return null;
    }

    private async Task<HttpResponseMessage> RequestAsync(Uri url, long start, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        // Any content coding would change sizes and hashes.
        request.Headers.AcceptEncoding.ParseAdd("identity");
        if (start > 0) request.Headers.Range = new RangeHeaderValue(start, null);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyAsync(
        HttpResponseMessage response, string part, long from, DownloadProgress state, IProgress<DownloadProgress>? progress, CancellationTokenSource stall)
    {
        byte[] buffer = new byte[BufferBytes];
        Stream source = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
        var target = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        await using (source.ConfigureAwait(false))
        await using (target.ConfigureAwait(false))
        {
            target.SetLength(from);
            target.Position = from;
            progress?.Report(state);
            int read;
            while ((read = await ReadAsync(source, buffer, stall.Token).ConfigureAwait(false)) > 0)
            {
                // Bytes that have arrived are written even when cancelled, so that they need not come again.
                await target.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None).ConfigureAwait(false);
                state = state with { Bytes = state.Bytes + read };
                progress?.Report(state);
                if (state.Bytes > state.Total) break;
                stall.CancelAfter(stallTimeout);
            }
        }
    }

    // A broken connection is told apart from a disk that cannot be written.
    private static async Task<int> ReadAsync(Stream source, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException fault)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection ended too early", fault);
        }
    }

    private static bool IsNetworkFault(Exception fault) => fault is HttpRequestException or HttpIOException or OperationCanceledException;

    private string Reason(Exception fault) => fault switch
    {
        OperationCanceledException => string.Create(CultureInfo.InvariantCulture, $"no bytes came for {stallTimeout.TotalSeconds:0.#} seconds"),
        HttpIOException => "the connection ended too early",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the name of the server is not known",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "the server cannot be reached",
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } request => $"{request.HttpRequestError}",
        _ => fault.Message.TrimEnd('.').ReplaceLineEndings(" "),
    };

    private static long Length(string part) => new FileInfo(part) is { Exists: true } info ? info.Length : 0;
}
