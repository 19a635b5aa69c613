using System.IO.Compression;

namespace PipelineBackprop.Data;

/// <summary>
/// Unpacks a gzip file, of one member or several, and is sure of its end: <see cref="GZipStream"/> stops without a word where a file is cut off within its last
/// bytes or goes on with something else. So a member of known bytes is put behind the file, and only a whole file leads to it.
/// </summary>
/// <param name="file">The packed bytes, read to the end; disposed with this stream.</param>
internal sealed class WholeGzipStream(Stream file) : Stream
{
    private static readonly byte[] s_mark = [.. "the end of the file is whole"u8];
    private static readonly byte[] s_packedMark = Pack(s_mark);

    private readonly GZipStream _members = new(new Followed(file, s_packedMark), CompressionMode.Decompress);

    // Unpacked bytes not yet handed out; the last of them, as many as the mark has, may be the mark.
    private readonly byte[] _held = new byte[s_mark.Length + (1 << 16)];
    private int _start, _end;
    private bool _isAtEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="InvalidDataException">The packed bytes are damaged, cut off, or go on after their end.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_isAtEnd && _end - _start <= s_mark.Length) Fill();
        int count = Math.Min(buffer.Length, _end - _start - s_mark.Length);
        _held.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _members.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _held.AsSpan(_start, _end - _start).CopyTo(_held);
        (_start, _end) = (0, _end - _start);
        int read = _members.Read(_held.AsSpan(_end));
        _end += read;
        if (read > 0) return;
        _isAtEnd = true;
        if (!_held.AsSpan(0, _end).SequenceEqual(s_mark)) throw new InvalidDataException("The gzip data does not end where the file does.");
    }

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }

    /// <summary>The bytes of a stream and then some more.</summary>
    private sealed class Followed(Stream first, byte[] then) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = first.Read(buffer, offset, count);
            if (read > 0 || count == 0) return read;
            read = Math.Min(count, then.Length - _position);
            then.AsSpan(_position, read).CopyTo(buffer.AsSpan(offset));
            _position += read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) first.Dispose();
            base.Dispose(disposing);
        }
    }
}
