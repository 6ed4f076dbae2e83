//! The shop's pages: goods and texts put into templates. No network here: an address goes in, an answer comes out.

use minijinja::{Environment, Value, context};
use serde::{Deserialize, Serialize};

use super::tracking::{self, IDS, Tracking};

const GOODS: &str = include_str!("goods.json");
const STYLE: &str = include_str!("assets/shop.css");
const THEME: &str = include_str!("assets/theme.js");

const TEMPLATES: &[(&str, &str)] = &[
    ("art.html", include_str!("templates/art.html")),
    ("blog.html", include_str!("templates/blog.html")),
    ("cart.html", include_str!("templates/cart.html")),
    ("category.html", include_str!("templates/category.html")),
    ("checkout.html", include_str!("templates/checkout.html")),
    ("confirmation.html", include_str!("templates/confirmation.html")),
    ("home.html", include_str!("templates/home.html")),
    ("layout.html", include_str!("templates/layout.html")),
    ("pixels.html", include_str!("templates/pixels.html")),
    ("post.html", include_str!("templates/post.html")),
    ("product.html", include_str!("templates/product.html")),
    ("search.html", include_str!("templates/search.html")),
    ("text.html", include_str!("templates/text.html")),
];

/// Pages that are a heading and some text: path, title, line below it, text, code at the end of the body.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    (
        "/about",
        "About us",
        "Four people, a workshop and a warehouse that used to be a sail loft.",
        include_str!("texts/about.html"),
    ),
    (
        "/contact",
        "Contact",
        "We answer on working days, most of the time within hours.",
        include_str!("texts/contact.html"),
    ),
    ("/account/login", "Sign in", "See your orders and your addresses.", include_str!("texts/login.html")),
    (
        "/account/register",
        "Create an account",
        "So that you need not type your address twice.",
        include_str!("texts/register.html"),
    ),
    ("/gift-cards", "Gift cards", "For people who know best what they need.", include_str!("texts/gift-cards.html")),
    (
        "/landing/spring-sale",
        "Spring sale",
        "Twenty in a hundred off all textiles until the end of April.",
        include_str!("texts/spring-sale.html"),
    ),
    ("/privacy", "Privacy policy", "What this shop knows of you, and why.", include_str!("texts/privacy.html")),
    ("/cookies", "Cookie policy", "Which cookies this shop sets.", include_str!("texts/cookies.html")),
];

/// Products on one page of a category.
const PAGE_SIZE: usize = 2;

#[derive(Debug, Deserialize, Serialize)]
struct Goods {
    categories: Vec<Category>,
    products: Vec<Product>,
    posts: Vec<Post>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Category {
    slug: String,
    name: String,
    line: String,
    pages: usize,
}

/// A thing for sale.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Product {
    pub(super) slug: String,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) price: String,
    category: String,
    art: String,
    colour: String,
    line: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Post {
    slug: String,
    title: String,
    line: String,
}

/// What the shop answers to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
    /// Where a redirect leads.
    pub location: Option<&'static str>,
}

/// The shop.
#[derive(Debug)]
pub struct Shop {
    base: String,
    goods: Goods,
    templates: Environment<'static>,
}

impl Shop {
    /// The shop at an address, which stands in its canonical links and its sitemap.
    ///
    /// # Panics
    /// When the goods or a template built into the program can't be read, which a test rules out.
    pub fn new(base: &str) -> Shop {
        let goods = serde_json::from_str(GOODS).expect("the built-in goods are readable");
        let mut templates = Environment::new();
        for (name, text) in TEMPLATES {
            templates.add_template(name, text).expect("the built-in templates are readable");
        }
        Shop { base: base.to_owned(), goods, templates }
    }

    /// Answers a request.
    pub fn answer(&self, path: &str, query: &str) -> Answer {
        match path {
            "/assets/shop.css" => file("text/css; charset=utf-8", STYLE.to_owned()),
            "/assets/theme.js" => file("text/javascript; charset=utf-8", THEME.to_owned()),
            "/robots.txt" => file("text/plain; charset=utf-8", self.robots()),
            "/sitemap.xml" => file("application/xml; charset=utf-8", self.sitemap()),
            "/old-catalogue" => Answer {
                status: 301,
                location: Some("/category/kettles"),
                ..file("text/plain; charset=utf-8", "Moved to /category/kettles\n".to_owned())
            },
            _ => self.page(path, query).unwrap_or_else(|| self.missing()),
        }
    }

    /// Addresses of all pages, as the sitemap lists them.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = vec!["/".to_owned()];
        for category in &self.goods.categories {
            paths.push(format!("/category/{}", category.slug));
            paths.extend((2..=category.pages).map(|page| format!("/category/{}?page={page}", category.slug)));
        }
        paths.extend(self.goods.products.iter().map(|p| format!("/product/{}", p.slug)));
        paths.extend(["/cart", "/checkout", "/thank-you", "/search?q=lamp", "/blog"].map(str::to_owned));
        paths.extend(self.goods.posts.iter().map(|p| format!("/blog/{}", p.slug)));
        paths.extend(TEXTS.iter().map(|(path, ..)| (*path).to_owned()));
        paths
    }

    fn robots(&self) -> String {
        format!("User-agent: *\nDisallow: /admin/\n\nSitemap: {}/sitemap.xml\n", self.base)
    }

    fn sitemap(&self) -> String {
        let entries: String =
            self.paths().iter().map(|path| format!("  <url><loc>{}{path}</loc></url>\n", self.base)).collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
        )
    }

    fn page(&self, path: &str, query: &str) -> Option<Answer> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let html = match segments.as_slice() {
            [""] => self.home(),
            ["category", slug] => self.category(slug, query)?,
            ["product", slug] => self.product(slug)?,
            ["search"] => self.search(query),
            ["blog"] => self.blog(),
            ["blog", slug] => self.post(slug)?,
            ["cart"] => self.plain("cart.html", path, "Your cart", "What you have put aside."),
            ["checkout"] => self.plain("checkout.html", path, "Checkout", "Where it should go."),
            ["thank-you"] => {
                self.plain("confirmation.html", path, "Thank you for your order", "Your order is confirmed.")
            }
            _ => self.text(path)?,
        };
        Some(file("text/html; charset=utf-8", html))
    }

    fn home(&self) -> String {
        let line = "Copper, linen and stoneware from small workshops, sent in two days.";
        let products: Vec<&Product> = self.goods.products.iter().step_by(3).collect();
        let posts = self.goods.posts.get(..3).unwrap_or_default();
        self.render(
            "home.html",
            "/",
            "Things for the house",
            line,
            &tracking::shop().with_theme(),
            context! { products => data(&products), posts => data(&posts) },
        )
    }

    fn category(&self, slug: &str, query: &str) -> Option<String> {
        let category = self.goods.categories.iter().find(|c| c.slug == slug)?;
        let page = parameter(query, "page").and_then(|p| p.parse::<usize>().ok()).unwrap_or(1);
        if !(1..=category.pages).contains(&page) {
            return None;
        }
        let all: Vec<&Product> = self.goods.products.iter().filter(|p| p.category == slug).collect();
        let size = if category.pages == 1 { all.len() } else { PAGE_SIZE };
        let products: Vec<&&Product> = all.iter().skip((page - 1) * size).take(size).collect();
        let next = (page < category.pages).then(|| format!("/category/{slug}?page={}", page + 1));
        let path = if page == 1 { format!("/category/{slug}") } else { format!("/category/{slug}?page={page}") };
        let context = context! { products => data(&products), next };
        Some(self.render(
            "category.html",
            &path,
            &category.name,
            &category.line,
            &tracking::shop().with_theme(),
            context,
        ))
    }

    fn product(&self, slug: &str) -> Option<String> {
        let product = self.goods.products.iter().find(|p| p.slug == slug)?;
        let path = format!("/product/{slug}");
        let tracking = tracking::product(product);
        Some(self.render(
            "product.html",
            &path,
            &product.name,
            &product.line,
            &tracking,
            context! { product => data(product) },
        ))
    }

    fn search(&self, query: &str) -> String {
        let wanted = parameter(query, "q").unwrap_or_default();
        let lower = wanted.to_lowercase();
        let products: Vec<&Product> = self
            .goods
            .products
            .iter()
            .filter(|p| !lower.is_empty() && p.name.to_lowercase().contains(&lower))
            .collect();
        let context = context! { products => data(&products), query => wanted };
        self.render(
            "search.html",
            "/search",
            "Search results",
            "What the shop has of it.",
            &tracking::of("/search"),
            context,
        )
    }

    fn blog(&self) -> String {
        let line = "Notes on things, and on looking after them.";
        self.render(
            "blog.html",
            "/blog",
            "Journal",
            line,
            &tracking::shop(),
            context! { posts => data(&self.goods.posts) },
        )
    }

    fn post(&self, slug: &str) -> Option<String> {
        let at = self.goods.posts.iter().position(|p| p.slug == slug)?;
        let post = self.goods.posts.get(at)?;
        let near = &self.goods.categories.get(at % self.goods.categories.len())?.slug;
        let path = format!("/blog/{slug}");
        Some(self.render("post.html", &path, &post.title, &post.line, &Tracking::default(), context! { near }))
    }

    fn plain(&self, template: &str, path: &str, title: &str, line: &str) -> String {
        self.render(template, path, title, line, &tracking::of(path), context! {})
    }

    fn text(&self, path: &str) -> Option<String> {
        let (path, title, line, body) = TEXTS.iter().find(|(p, ..)| *p == path)?;
        let context = context! { body => safe(body) };
        Some(self.render("text.html", path, title, line, &tracking::of(path), context))
    }

    fn missing(&self) -> Answer {
        let body = "<p>It may have sold out for good. <a href=\"/\">Back to the shop</a></p>";
        let line = "There is nothing at this address.";
        let context = context! { body => safe(body) };
        let html = self.render("text.html", "/", "Not found", line, &Tracking::default(), context);
        Answer { status: 404, ..file("text/html; charset=utf-8", html) }
    }

    fn render(&self, template: &str, path: &str, title: &str, line: &str, tracking: &Tracking, more: Value) -> String {
        let shared = context! {
            base => self.base.as_str(),
            canonical => path,
            title,
            line,
            categories => data(&self.goods.categories),
            robots => tracking.robots,
            theme => tracking.theme,
            ids => data(&IDS),
            has => data(&tracking.has),
            google => safe(&tracking.google),
            before_meta => safe(&tracking.before_meta),
            meta => safe(&tracking.meta),
            extra => safe(&tracking.extra),
            end => safe(&tracking.end),
        };
        self.templates
            .get_template(template)
            .and_then(|t| t.render(context! { ..more, ..shared }))
            .unwrap_or_else(|e| format!("<!doctype html><title>Error</title><pre>{e:#}</pre>"))
    }
}

fn data<T: Serialize + ?Sized>(data: &T) -> Value {
    Value::from(minijinja::value::Serde(data))
}

/// Markup and code of the shop's own, not to be escaped.
fn safe(text: &str) -> Value {
    Value::from_safe_string(text.to_owned())
}

fn file(content_type: &'static str, body: String) -> Answer {
    Answer { status: 200, content_type, body, location: None }
}

/// A query parameter, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
