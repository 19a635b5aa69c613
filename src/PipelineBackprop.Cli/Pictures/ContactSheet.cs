using PipelineBackprop.Data;
using PipelineBackprop.Naming;
using SkiaSharp;

namespace PipelineBackprop.Cli.Pictures;

/// <summary>Images of a data set in a grid, each under its label.</summary>
internal static class ContactSheet
{
    private const int Margin = 12, Gap = 8, LabelHeight = 16, SmallestSide = 56;

    /// <summary>Writes all images of a data set as PNG.</summary>
    /// <exception cref="InvalidInputException">The file cannot be written.</exception>
    public static void Write(Dataset images, string path)
    {
        int scale = Math.Max(1, SmallestSide / Math.Max(images.ImageHeight, images.ImageWidth));
        int width = images.ImageWidth * scale, height = images.ImageHeight * scale;
        int columns = Math.Min(images.Count, (int)Math.Ceiling(Math.Sqrt(images.Count * 1.6)));
        int rows = (images.Count + columns - 1) / columns;
        using var bitmap = new SKBitmap(2 * Margin + columns * (width + Gap) - Gap, 2 * Margin + rows * (height + LabelHeight + Gap) - Gap);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        using var font = new SKFont(PictureFont.Typeface, 12);
        using var ink = new SKPaint { Color = SKColors.DimGray, IsAntialias = true };
        for (int i = 0; i < images.Count; i++)
        {
            int x = Margin + i % columns * (width + Gap), y = Margin + i / columns * (height + LabelHeight + Gap);
            string label = images.ClassCount > 0 ? Label(images, (int)images.TargetRow(i)[0]) : "";
            canvas.DrawText(label, x, y + LabelHeight - 5, font, ink);
            using SKBitmap image = Draw(images.Row(i), images.ImageWidth, images.ImageHeight);
            canvas.DrawBitmap(image, SKRect.Create(x, y + LabelHeight, width, height));
        }
        canvas.Flush();
        Save(bitmap, path);
    }

    private static string Label(Dataset images, int index) => images.ClassNames?[index] ?? index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static SKBitmap Draw(ReadOnlySpan<float> pixels, int width, int height)
    {
        var bitmap = new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        Span<byte> bytes = bitmap.GetPixelSpan();
        for (int i = 0; i < pixels.Length; i++) bytes[i / width * bitmap.RowBytes + i % width] = (byte)(255 - Math.Clamp(pixels[i] * 255, 0, 255));
        return bitmap;
    }

    private static void Save(SKBitmap bitmap, string path)
    {
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
            using FileStream stream = File.Create(path);
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            data.SaveTo(stream);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The picture cannot be written to {path}: {FileFault.Words(path, fault)}.", fault);
        }
    }
}
