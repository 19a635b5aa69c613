using System.Security.Cryptography;
using PipelineBackprop.Data;
using Xunit;

namespace PipelineBackprop.Tests.Data;

public sealed class DatasetDownloaderTests : IDisposable
{
    private static readonly byte[] s_body = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 ^ i >> 8))];
    private static readonly string s_hash = Convert.ToHexStringLower(SHA256.HashData(s_body));

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => _folder.At("file.bin");

    private string Part => _folder.At("file.bin.part");

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    private DatasetDownloader Downloader(int attempts = 1, double stallSeconds = 20) => new(_client, attempts, TimeSpan.FromSeconds(stallSeconds));

    private static CatalogueFile File(params Uri[] urls) => new("file.bin", urls, s_hash, s_body.Length);

    private void RequireComplete()
    {
        Assert.Equal(s_body, System.IO.File.ReadAllBytes(Target));
        Assert.False(System.IO.File.Exists(Part));
    }

    [Fact]
    public async Task A_file_is_downloaded_checked_and_renamed_with_progress()
    {
        await using var server = new TinyServer(s_body);
        var progress = new Recorder();

        DownloadedFile file = await Downloader().DownloadAsync(File(server.Url), _folder.At("new/folder"), progress, Token);

        Assert.Equal(new DownloadedFile(_folder.At("new/folder/file.bin"), s_body.Length, s_hash, Verified: true, AlreadyThere: false), file);
        Assert.Equal(s_body, System.IO.File.ReadAllBytes(file.Path));
        Assert.Equal(new DownloadProgress("file.bin", 0, s_body.Length), progress.Reports[0]);
        Assert.Equal(new DownloadProgress("file.bin", s_body.Length, s_body.Length), progress.Reports[^1]);
        Assert.Equal(progress.Reports.Select(report => report.Bytes).Order(), progress.Reports.Select(report => report.Bytes));
    }

    [Fact]
    public async Task A_right_file_is_left_alone_and_a_wrong_one_replaced()
    {
        await using var server = new TinyServer(s_body);
        _folder.Write("file.bin", s_body);

        var progress = new Recorder();

        DownloadedFile there = await Downloader().DownloadAsync(File(server.Url), _folder.Path, progress, Token);

        Assert.True(there.AlreadyThere);
        Assert.Equal(new DownloadProgress("file.bin", s_body.Length, s_body.Length), Assert.Single(progress.Reports));
        Assert.Empty(server.Requests);
        _folder.Write("file.bin", [1, 2, 3]);
        DownloadedFile fresh = await Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token);
        Assert.False(fresh.AlreadyThere);
        RequireComplete();
    }

    [Fact]
    public async Task A_part_is_continued_where_it_ends()
    {
        await using var server = new TinyServer(s_body);
        _folder.Write("file.bin.part", s_body[..123_456]);
        var progress = new Recorder();

        await Downloader().DownloadAsync(File(server.Url), _folder.Path, progress, Token);

        Assert.Equal([123_456], server.Requests);
        Assert.Equal(123_456, progress.Reports[0].Bytes);
        RequireComplete();
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_makes_the_part_begin_again()
    {
        await using var server = new TinyServer(s_body) { KnowsRanges = false };
        _folder.Write("file.bin.part", s_body[..1000]);

        await Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token);

        Assert.Equal([1000], server.Requests);
        RequireComplete();
    }

    [Fact]
    public async Task A_complete_part_is_only_checked()
    {
        await using var server = new TinyServer(s_body);
        _folder.Write("file.bin.part", s_body);

        await Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token);

        Assert.Empty(server.Requests);
        RequireComplete();
    }

    [Fact]
    public async Task A_part_longer_than_the_file_is_thrown_away()
    {
        await using var server = new TinyServer(s_body);
        _folder.Write("file.bin.part", new byte[s_body.Length + 1]);

        await Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token);

        Assert.Equal([null], server.Requests);
        RequireComplete();
    }

    [Fact]
    public async Task An_answer_416_makes_the_part_begin_again()
    {
        await using var server = new TinyServer(s_body);
        _folder.Write("file.bin.part", new byte[s_body.Length + 1]);

        await Downloader().DownloadAsync(new CatalogueFile("file.bin", [server.Url]), _folder.Path, null, Token);

        Assert.Equal([s_body.Length + 1, null], server.Requests);
        RequireComplete();
    }

    [Fact]
    public async Task A_cut_connection_is_tried_again_from_where_it_ended()
    {
        await using var server = new TinyServer(s_body);
        server.Cuts.Enqueue(100_000);
        server.Cuts.Enqueue(50_000);

        await Downloader(attempts: 3).DownloadAsync(File(server.Url), _folder.Path, null, Token);

        Assert.Equal([null, 100_000, 150_000], server.Requests);
        RequireComplete();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_cut_for_good_keeps_the_part_and_says_how_far_it_came(bool tellsLength)
    {
        await using var server = new TinyServer(s_body) { TellsLength = tellsLength };
        server.Cuts.Enqueue(100_000);

        var fault = await Assert.ThrowsAsync<DownloadException>(() => Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token));

        OneSentence.Require(fault.Message, "file.bin", $"{server.Url}", "100000 of 300000", "the connection ended too early");
        Assert.Equal(s_body[..100_000], System.IO.File.ReadAllBytes(Part));
        await Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token);
        RequireComplete();
    }

    [Fact]
    public async Task A_wrong_hash_deletes_the_part_and_names_both()
    {
        await using var server = new TinyServer(s_body);
        string wanted = new('a', 64);

        var fault = await Assert.ThrowsAsync<InvalidInputException>(
            () => Downloader().DownloadAsync(new CatalogueFile("file.bin", [server.Url], wanted, s_body.Length), _folder.Path, null, Token));

        OneSentence.Require(fault.Message, Target, s_hash, wanted);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_part_of_something_else_fails_the_hash_and_is_deleted()
    {
        await using var server = new TinyServer(s_body);
        _folder.Write("file.bin.part", new byte[1000]);

        await Assert.ThrowsAsync<InvalidInputException>(() => Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token));
        await Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token);

        RequireComplete();
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    public async Task A_size_that_is_not_the_catalogues_names_both(long expected)
    {
        await using var server = new TinyServer(s_body);

        var fault = await Assert.ThrowsAsync<DownloadException>(
            () => Downloader().DownloadAsync(new CatalogueFile("file.bin", [server.Url], null, expected), _folder.Path, null, Token));

        OneSentence.Require(fault.Message, "file.bin", "300000", $"{expected}");
    }

    [Fact]
    public async Task More_bytes_than_expected_from_a_server_that_tells_no_length_are_refused()
    {
        await using var server = new TinyServer(s_body) { TellsLength = false };
        var progress = new Recorder();

        var fault = await Assert.ThrowsAsync<InvalidInputException>(
            () => Downloader().DownloadAsync(new CatalogueFile("file.bin", [server.Url], null, 1000), _folder.Path, progress, Token));

        OneSentence.Require(fault.Message, Target, "expects 1000");
        Assert.InRange(progress.Reports[^1].Bytes, 1001, s_body.Length - 1);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task Without_a_hash_the_file_is_taken_and_its_hash_reported()
    {
        await using var server = new TinyServer(s_body) { TellsLength = false };

        DownloadedFile file = await Downloader().DownloadAsync(new CatalogueFile("file.bin", [server.Url]), _folder.Path, null, Token);

        Assert.Equal((s_hash, false), (file.Sha256, file.Verified));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_answers_with_a_part_of_the_range_is_asked_for_the_rest(bool knowsSize)
    {
        await using var server = new TinyServer(s_body) { MostInRange = 150_000 };
        _folder.Write("file.bin.part", s_body[..100_000]);

        DownloadedFile file = await Downloader(3).DownloadAsync(new CatalogueFile("file.bin", [server.Url], null, knowsSize ? s_body.Length : null), _folder.Path, null, Token);

        Assert.Equal((s_body.Length, s_hash), (file.Bytes, file.Sha256));
        Assert.Equal([100_000, 250_000], server.Requests);
    }

    [Fact]
    public async Task A_server_that_continues_at_another_byte_is_refused_and_the_part_kept()
    {
        await using var server = new TinyServer(s_body) { StartsLaterBy = 7 };
        _folder.Write("file.bin.part", s_body[..1000]);

        var fault = await Assert.ThrowsAsync<DownloadException>(() => Downloader().DownloadAsync(new CatalogueFile("file.bin", [server.Url]), _folder.Path, null, Token));

        OneSentence.Require(fault.Message, "file.bin", "the server continued at byte 1007 instead of 1000");
        Assert.Equal(s_body[..1000], System.IO.File.ReadAllBytes(Part));
    }

    [Fact]
    public async Task The_next_address_is_tried_when_one_refuses()
    {
        await using var bad = new TinyServer(s_body) { Status = 404 };
        await using var good = new TinyServer(s_body);

        IReadOnlyList<DownloadedFile> files = await Downloader(3).DownloadAsync(new CatalogueEntry("d", null, null, [File(bad.Url, good.Url)]), _folder.Path, null, Token);

        Assert.Equal(Target, Assert.Single(files).Path);
        Assert.Single(bad.Requests);
        RequireComplete();
    }

    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task A_refusal_everywhere_names_address_and_status(int status)
    {
        await using var server = new TinyServer(s_body) { Status = status };
        var fault = await Assert.ThrowsAsync<DownloadException>(() => Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token));
        OneSentence.Require(fault.Message, "file.bin", $"{server.Url}", $"{status}");
    }

    [Fact]
    public async Task No_server_at_all_is_one_clear_sentence()
    {
        var server = new TinyServer(s_body);
        Uri url = server.Url;
        await server.DisposeAsync();

        var fault = await Assert.ThrowsAsync<DownloadException>(() => Downloader(2).DownloadAsync(File(url), _folder.Path, null, Token));

        OneSentence.Require(fault.Message, "file.bin", $"{url}", "the server cannot be reached", "before any of it arrived");
    }

    [Fact]
    public async Task A_server_that_stalls_is_given_up_and_the_part_kept()
    {
        await using var server = new TinyServer(s_body) { StallAfter = 5000 };

        var fault = await Assert.ThrowsAsync<DownloadException>(() => Downloader(stallSeconds: 0.3).DownloadAsync(File(server.Url), _folder.Path, null, Token));

        // On a busy machine the time may be over before the first bytes are read.
        long kept = System.IO.File.Exists(Part) ? new FileInfo(Part).Length : 0;
        OneSentence.Require(fault.Message, "no bytes came for 0.3 seconds", kept == 0 ? "before any of it arrived" : $"after {kept} of 300000 bytes, the next attempt continues there");
        Assert.InRange(kept, 0, 5000);
    }

    [Fact]
    public async Task Cancelling_keeps_the_part()
    {
        await using var server = new TinyServer(s_body) { StallAfter = 5000 };
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var progress = new Recorder(report =>
        {
            if (report.Bytes == 5000) cancel.Cancel();
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Downloader().DownloadAsync(File(server.Url), _folder.Path, progress, cancel.Token));

        Assert.Equal(s_body[..5000], System.IO.File.ReadAllBytes(Part));
        Assert.False(System.IO.File.Exists(Target));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        string taken = _folder.Write("taken", [1]);
        var fault = await Assert.ThrowsAsync<InvalidInputException>(() => Downloader().DownloadAsync(File(new Uri("http://127.0.0.1:1/f")), taken, null, Token));
        OneSentence.Require(fault.Message, taken, "cannot be made");
    }

    [Fact]
    public async Task A_folder_in_the_place_of_the_file_is_named_before_anything_is_asked_for()
    {
        await using var server = new TinyServer(s_body);
        Directory.CreateDirectory(Target);

        var fault = await Assert.ThrowsAsync<InvalidInputException>(() => Downloader().DownloadAsync(File(server.Url), _folder.Path, null, Token));

        OneSentence.Require(fault.Message, Target, "it is a folder");
        Assert.Empty(server.Requests);
    }

    private sealed class Recorder(Action<DownloadProgress>? then = null) : IProgress<DownloadProgress>
    {
        public List<DownloadProgress> Reports { get; } = [];

        public void Report(DownloadProgress value)
        {
            Reports.Add(value);
            then?.Invoke(value);
        }
    }
}
