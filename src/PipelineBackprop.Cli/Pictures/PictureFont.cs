using ScottPlot;
using SkiaSharp;

namespace PipelineBackprop.Cli.Pictures;

/// <summary>The font of all pictures. It travels with the program, because a fresh machine may have none and would leave out all text.</summary>
internal static class PictureFont
{
    public const string Name = "DejaVu Sans Latin";
    private static readonly Lazy<SKTypeface> s_typeface = new(Load);
    private static readonly Lock s_lock = new();
    private static bool s_used; // guarded by s_lock

    public static SKTypeface Typeface => s_typeface.Value;

    /// <summary>Makes the font known to plots under its <see cref="Name"/>; more than once does nothing.</summary>
    public static void Use()
    {
        lock (s_lock)
        {
            if (!s_used) Fonts.FontResolvers.Insert(0, new Resolver());
            s_used = true;
        }
    }

    private static SKTypeface Load()
    {
        using Stream stream = typeof(PictureFont).Assembly.GetManifestResourceStream("DejaVuSans-latin.ttf")
            ?? throw new InvalidOperationException("The program was built without its font DejaVuSans-latin.ttf.");
        return SKTypeface.FromStream(stream) ?? throw new InvalidOperationException("The font DejaVuSans-latin.ttf cannot be read.");
    }

    private sealed class Resolver : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Name ? Load() : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? Load() : null;
    }
}
